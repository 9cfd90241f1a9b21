import type { Failure, HostSocket } from "../host/index.js";
import type { Occasion, OccasionWatcher } from "../runtime/index.js";
import type { Direction, TransferUser } from "./direction.js";
import type { Inbox } from "./inbox.js";

/** A connection, as far as receiving goes. */
interface Receiver {
  readonly socket: HostSocket;
  readonly incoming: Direction;
  readonly inbox: Inbox;
  readonly inboxEnd: "end" | Failure | null;
  listen(): void;
}

/**
 * A receive need not wait: bytes have come, or the end, or an error. While it is watched for, the direction is in use,
 * so that a receive meanwhile is EBUSY.
 */
export class Readiness implements Occasion, TransferUser {
  readonly isExternal = true;
  readonly #connection: Receiver;
  #watcher: OccasionWatcher | null = null;

  constructor(connection: Receiver, syscall: string) {
    this.#connection = connection;
    connection.incoming.checkIdle(syscall);
  }

  hasCome(): boolean {
    const { inbox, inboxEnd, incoming } = this.#connection;
    return inbox.length > 0 || inboxEnd !== null || incoming.state !== "open";
  }

  watch(watcher: OccasionWatcher): void {
    this.#watcher = watcher;
    this.#connection.incoming.user = this;
    this.#connection.socket.ref();
    this.#connection.listen();
  }

  unwatch(): void {
    this.#connection.incoming.user = null;
    this.#connection.socket.unref();
  }

  take(): void {}

  progress(): void {
    this.unwatch();
    this.#watcher?.came();
  }

  /** Nobody fails a receiver but the socket, which reports to the inbox. */
  fail(_failure: Failure): void {
    this.progress();
  }

  abandon(): void {
    this.#watcher?.closed();
  }
}
