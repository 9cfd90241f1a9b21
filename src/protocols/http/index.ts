export type { HttpField, HttpRequest, HttpStatus, HttpVersion } from "./head.js";
export { httpAttach, type HttpLimits } from "./httpAttach.js";
export { httpClose } from "./httpClose.js";
export { httpDetach } from "./httpDetach.js";
export { httpFraming, type HttpFraming } from "./httpFraming.js";
export { httpRecvfield, httpRecvrequest, httpRecvstatus } from "./httpRecv.js";
export { httpDone, httpSendfield, httpSendrequest, httpSendstatus } from "./httpSend.js";
export type { HttpSocket } from "./httpSocket.js";
