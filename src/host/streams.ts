// What the system tells of the program's own Node streams: the same as of the host's sockets.
export { failureAtEnd } from "./node/endOfStream.js";
export { brokenBy } from "./node/errnoOf.js";
