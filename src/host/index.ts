export { host } from "./current.js";
export type { AsyncContext, Failure, HostListener, HostSocket, SocketEvents } from "./host.js";
