export { host, useHost } from "./current.js";
export { endpointOf, type InetAddress } from "./address.js";
export { credentials } from "./credentials.js";
export type { AsyncContext } from "./host.js";
export type { InetOptions } from "./inet.js";
export type { HostDatagrams } from "./datagrams.js";
export { inet, useInet } from "./inetSockets.js";
export { sockets, useSockets } from "./localSockets.js";
export { names, useNames } from "./lookups.js";
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
export { datagrams, useDatagrams } from "./udpSockets.js";
