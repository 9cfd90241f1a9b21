export { ipcAccept } from "./ipcAccept.js";
export { ipcClose } from "./ipcClose.js";
export { ipcConnect } from "./ipcConnect.js";
export { ipcDone } from "./ipcDone.js";
export { ipcFromfd, ipcListenerFromfd } from "./ipcFromfd.js";
export { ipcListen, type IpcListenOptions } from "./ipcListen.js";
export { ipcPair } from "./ipcPair.js";
export { type IpcPeer, ipcPeer } from "./ipcPeer.js";
export { ipc, type IpcListener, type IpcSocket } from "./ipcSocket.js";
