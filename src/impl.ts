// What the maker of a new handle type, socket or protocol uses besides index.ts.
export { dillError, type ErrorDetails } from "./errors/index.js";
export {
  type Handle,
  type HandleMethods,
  type HandleType,
  hmake,
  hown,
  hquery,
} from "./handles/index.js";
export {
  type Event,
  type Readable,
  readableType,
  type Source,
  type Waiter,
} from "./kernel/index.js";
export {
  type ByteQueue,
  type BytestreamMethods,
  bytestreamType,
  type HeldBytestream,
  type MessageMethods,
  messageType,
  type Reader,
  receiveIntoWith,
  receiveWith,
  unfinished,
} from "./sockets/index.js";
