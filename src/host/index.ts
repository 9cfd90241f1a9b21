export { host } from "./current.js";
export type { Failure, HostListener, HostSocket, SocketEvents } from "./host.js";
