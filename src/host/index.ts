export { host } from "./current.js";
export type {
  AsyncContext,
  Failure,
  HostListener,
  HostSocket,
  ListenEvents,
  SocketEvents,
} from "./host.js";
