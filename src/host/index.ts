export { host, useHost } from "./current.js";
export type { AsyncContext, Host } from "./host.js";
export type {
  Failure,
  HostListener,
  HostSocket,
  ListenEvents,
  QueuedConnect,
  QueuedConnectEvents,
  SocketEvents,
  WaitingAcceptor,
} from "./sockets.js";
