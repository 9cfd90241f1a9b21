export { type Emit, iterate } from "./iterate.js";
export { messagesOf } from "./messagesOf.js";
export { sendAll } from "./sendAll.js";
export { type EventSource, sendEvents } from "./sendEvents.js";
export { signalOf } from "./signalOf.js";
export { until } from "./until.js";
