// Sockets of UDP as the house sees them. As with the others, nothing here waits.
import type { InetAddress } from "./address.js";
import type { Failure, Refable } from "./sockets.js";

export interface Datagrams {
  /** Binds a socket to the address. Exactly one of `opened` and the first `failed` is called, unless it is closed before. */
  open(at: InetAddress, options: DatagramOptions, events: DatagramEvents): HostDatagrams;
}

export interface DatagramOptions {
  /** Whether datagrams may go to all machines of a network. */
  readonly broadcast: boolean;
}

export interface DatagramEvents {
  opened(): void;
  /** The bytes are the receiver's own. The address is as the system writes it. */
  received(bytes: Buffer, from: InetAddress): void;
  failed(failure: Failure): void;
}

export interface HostDatagrams extends Refable {
  /**
   * Sends at once. A failure is returned. "full": what was sent before is still on its way to the kernel, and this one
   * was dropped.
   */
  send(bytes: Uint8Array, to: InetAddress): Failure | "sent" | "full";
  /** Where it is bound. */
  address(): InetAddress | undefined;
  /** Closes the descriptor before it returns. */
  close(): void;
}
