export { Accept, acceptNow } from "./accept.js";
export { AcceptableEvent } from "./acceptableEvent.js";
export { AdoptListener, type ListenerAdoption } from "./adoptListener.js";
export { brecv, brecvl } from "./brecv.js";
export { brecvSome } from "./brecvSome.js";
export { bsend, bsendl } from "./bsend.js";
export {
  type Bytestream,
  type BytestreamMethods,
  bytestreamOf,
  bytestreamType,
  type HeldBytestream,
} from "./bytestream.js";
export type { ByteQueue } from "./byteQueue.js";
export { dropAll, endInOrder } from "./closeInOrder.js";
export { Connection, type ConnectionKind } from "./connection.js";
export { brokenError, Direction } from "./direction.js";
export {
  checkSendList,
  fillTargets,
  givenTargets,
  misfit,
  type ReceiveTarget,
  roomIn,
  type Skip,
} from "./iolist.js";
export { Framed, type Framing } from "./framed.js";
export { Inbox } from "./inbox.js";
export {
  attach,
  attachAfter,
  closeLayer,
  detach,
  type Ending,
  Layer,
  type LayerKind,
  layerOf,
  layerType,
  orCloseAfter,
  type Over,
  takeOff,
} from "./layer.js";
export { type MessageMethods, messageOf, type MessageSocket, messageType } from "./message.js";
export { mrecv, mrecvl } from "./mrecv.js";
export { msend, msendl } from "./msend.js";
export { ReadAhead } from "./readAhead.js";
export { endedInside, type Reader } from "./reader.js";
export {
  checkIdle,
  checkWhole,
  hasFailed,
  leaveCarrier,
  receiveWith,
  unfinished,
} from "./receiveWith.js";
export { receiveIntoWith, type Returnable } from "./receivingInto.js";
export { Incoming } from "./receiving.js";
export { Transfer } from "./transfer.js";
export { type Descriptive, descriptiveType } from "./descriptive.js";
export { Holding } from "./holding.js";
export { failureError } from "./failureError.js";
export { type Listener, ListenerResource, listenerType } from "./listener.js";
export { Opening, OpeningListener } from "./opening.js";
export {
  adoptSocket,
  closeSocket,
  connectionOf,
  endOutgoing,
  isListener,
  listenerOf,
  type SocketFamily,
  socketFor,
} from "./socketFamily.js";
