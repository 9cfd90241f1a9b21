export { host } from "./current.js";
export type {
  ConnectEvents,
  Failure,
  Holdable,
  Host,
  HostListener,
  HostSocket,
  ListenEvents,
  ListenOptions,
  LocalSockets,
  PairEvents,
  SocketEvents,
} from "./host.js";
