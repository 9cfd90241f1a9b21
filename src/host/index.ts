export { host } from "./current.js";
export type { AsyncContext } from "./host.js";
export { sockets } from "./localSockets.js";
export type {
  Failure,
  HostListener,
  HostSocket,
  ListenEvents,
  QueuedConnect,
  SocketEvents,
} from "./sockets.js";
