export type { WsRequest } from "./handshake.js";
export type { WsDeflateOptions } from "./negotiate.js";
export type { WsClientOptions, WsHead, WsOptions, WsServerOptions, WsTarget } from "./options.js";
export { wsAttachClient, wsAttachServer } from "./wsAttach.js";
export { wsDetach, wsDone, wsRequest, wsStatus } from "./wsDone.js";
export { wsRequestKey, wsResponseKey } from "./wsKeys.js";
export { wsRecv, wsRecvl, type WsMessage, type WsReceived } from "./wsRecv.js";
export { wsPing, wsSend, wsSendl } from "./wsSend.js";
export type { WsSocket, WsStatus } from "./wsSocket.js";
