// Node's streams and the Web's as sockets, and sockets as streams. Apart from index.ts, because only Node has them.
export {
  fromDuplex,
  fromWebStreams,
  streamDone,
  type StreamSocket,
  toDuplex,
  toWebStreams,
  type WebStreams,
} from "./interop/streams/index.js";
