export { fromDuplex, type StreamSocket } from "./fromDuplex.js";
export { streamDone } from "./streamDone.js";
export { toDuplex } from "./toDuplex.js";
export { fromWebStreams, toWebStreams, type WebStreams } from "./webStreams.js";
