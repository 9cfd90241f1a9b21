export { Accept } from "./accept.js";
export { AdoptListener, type ListenerAdoption } from "./adoptListener.js";
export { brecv, brecvl } from "./brecv.js";
export { brecvSome } from "./brecvSome.js";
export { bsend, bsendl } from "./bsend.js";
export {
  type Bytestream,
  type BytestreamMethods,
  bytestreamOf,
  bytestreamType,
} from "./bytestream.js";
export { closeInOrder } from "./closeInOrder.js";
export { Connection, type ConnectionKind } from "./connection.js";
export type { ReceiveTarget, Skip } from "./iolist.js";
export { failureError } from "./failureError.js";
export { type ListenerKind, ListenerResource } from "./listener.js";
export { Opening, OpeningListener } from "./opening.js";
