export { host } from "./current.js";
export type { InetAddress } from "./address.js";
export { credentials } from "./credentials.js";
export type { AsyncContext } from "./host.js";
export type { InetOptions } from "./inet.js";
export type { HostDatagrams } from "./datagrams.js";
export { inet } from "./inetSockets.js";
export { sockets } from "./localSockets.js";
export { names } from "./lookups.js";
export type { PeerCredentials } from "./native/native.js";
export type { InterfaceAddress, NameResolver } from "./names.js";
export { brokenBy, failureAtEnd } from "./streams.js";
export type {
  Failure,
  HostListener,
  HostReading,
  HostSocket,
  ListenEvents,
  QueuedConnect,
  SocketEvents,
} from "./sockets.js";
export { datagrams } from "./udpSockets.js";
