export { host, useHost } from "./current.js";
export type {
  AsyncContext,
  Failure,
  Host,
  HostListener,
  HostSocket,
  ListenEvents,
  SocketEvents,
} from "./host.js";
