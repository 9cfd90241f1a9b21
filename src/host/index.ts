export { host, useHost } from "./current.js";
export type { AsyncContext, Clock, Contexts, Host, Life, Turns } from "./host.js";
export type {
  Failure,
  HostListener,
  HostSocket,
  ListenEvents,
  LocalSockets,
  QueuedConnect,
  QueuedConnectEvents,
  SocketEvents,
  WaitingAcceptor,
} from "./sockets.js";
