export { tcpLocal, tcpPeer } from "./addresses.js";
export { readTcpOptions, type TcpOptions } from "./options.js";
export { tcpAccept } from "./tcpAccept.js";
export { tcpClose } from "./tcpClose.js";
export { tcpConnect } from "./tcpConnect.js";
export { tcpDone } from "./tcpDone.js";
export { tcpFromfd, tcpListenerFromfd } from "./tcpFromfd.js";
export { tcpListen, type TcpListenOptions } from "./tcpListen.js";
export type { TcpListener, TcpSocket } from "./tcpSocket.js";
