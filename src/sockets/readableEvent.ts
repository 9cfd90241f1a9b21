import type { Event, Source, Waiter } from "../kernel/index.js";
import type { TransferUser } from "./direction.js";
import type { Reader } from "./reader.js";
import { type Carrier, sourceOf } from "./transfer.js";

/**
 * A receive need not wait: bytes have come, or with a reader a message, or the end, or an error. While somebody waits for that, the direction is in
 * use, so that a receive meanwhile is EBUSY.
 */
export class ReadableEvent implements Event<void>, TransferUser {
  private readonly connection: Carrier;
  private readonly reader: Reader<unknown> | null;
  private waiter: Waiter | null = null;
  private givesWay = false;

  constructor(connection: Carrier, syscall: string, reader: Reader<unknown> | null = null) {
    this.connection = connection;
    this.reader = reader;
    connection.incoming.checkIdle(syscall);
  }

  get source(): Source {
    return sourceOf(this.connection.socket);
  }

  isReady(): boolean {
    const { inbox, inboxEnd, incoming } = this.connection;
    if (inboxEnd !== null || incoming.state !== "open") return true;
    return this.reader === null ? inbox.length > 0 : this.hasMessage(this.reader);
  }

  /** What the reader throws, the receive will throw. This may be the host's report, where nobody could be told. */
  private hasMessage(reader: Reader<unknown>): boolean {
    try {
      const isThere = reader.read(this.connection.inbox) !== undefined;
      this.givesWay = !isThere && reader.givesWay === true;
      return isThere;
    } catch {
      return true;
    }
  }

  add(waiter: Waiter): void {
    if (this.connection.isClosed) {
      waiter.fail("EBADF"); // closed since the caller has looked
      return;
    }
    this.waiter = waiter;
    this.connection.incoming.user = this;
    this.connection.socket.ref();
    this.awaitMore();
  }

  private awaitMore(): void {
    if (this.givesWay) this.connection.goOnLater();
    else this.connection.listen();
  }

  remove(): void {
    this.connection.incoming.user = null;
    this.connection.socket.unref();
  }

  take(): void {}

  progress(): void {
    if (this.isReady()) this.fail();
    else this.awaitMore();
  }

  /** Nobody fails a receiver but the socket, which reports to the inbox. */
  fail(): void {
    this.remove();
    this.waiter?.fire();
  }

  abandon(): void {
    this.remove();
    this.waiter?.fail("EBADF");
  }
}
