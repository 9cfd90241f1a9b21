export { signalOf } from "./signalOf.js";
export { until } from "./until.js";
