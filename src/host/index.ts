export { host } from "./current.js";
export type { InetAddress } from "./address.js";
export type { AsyncContext } from "./host.js";
export type { InetOptions } from "./inet.js";
export { inet } from "./inetSockets.js";
export { sockets } from "./localSockets.js";
export { names } from "./lookups.js";
export type { InterfaceAddress, NameResolver } from "./names.js";
export { brokenBy, failureAtEnd } from "./streams.js";
export type {
  Failure,
  HostListener,
  HostSocket,
  ListenEvents,
  QueuedConnect,
  SocketEvents,
} from "./sockets.js";
