// Sockets of the internet protocols as the house sees them. As with local sockets, nothing here waits.
import type { InetAddress } from "./address.js";
import type { Failure, HostListener, HostSocket, ListenEvents } from "./sockets.js";

export interface InetSockets {
  /** Whether several listeners may share a port. */
  readonly hasReusePort: boolean;
  connect(to: InetAddress, options: InetOptions, events: InetConnectEvents): HostSocket;
  listen(at: InetAddress, options: InetListenOptions, events: ListenEvents): HostListener;
  /** Takes over a descriptor of a connected socket. It never throws: a failure is returned. */
  adopt(fd: number): HostSocket | Failure;
  /** Takes over a descriptor of a listening socket. It never throws: a failure is returned. */
  adoptListener(fd: number, options: InetOptions, events: ListenEvents): HostListener | Failure;
}

export interface InetOptions {
  /** Whether small writes go out at once. */
  readonly noDelay: boolean;
  /** After how many milliseconds of silence the kernel asks the peer whether it is alive; 0: never. */
  readonly keepAlive: number;
}

export interface InetListenOptions extends InetOptions {
  readonly backlog: number;
  readonly reusePort: boolean;
}

export interface InetConnectEvents {
  connected(): void;
  refused(failure: Failure): void;
}
