import type { Event, Waiter } from "../kernel/index.js";
import type { TransferUser } from "./direction.js";
import type { Carrier } from "./transfer.js";

/**
 * A receive need not wait: bytes have come, or the end, or an error. While somebody waits for that, the direction is in
 * use, so that a receive meanwhile is EBUSY.
 */
export class ReadableEvent implements Event<void>, TransferUser {
  readonly isExternal = true;
  private readonly connection: Carrier;
  private waiter: Waiter | null = null;

  constructor(connection: Carrier, syscall: string) {
    this.connection = connection;
    connection.incoming.checkIdle(syscall);
  }

  isReady(): boolean {
    const { inbox, inboxEnd, incoming } = this.connection;
    return inbox.length > 0 || inboxEnd !== null || incoming.state !== "open";
  }

  add(waiter: Waiter): void {
    if (this.connection.isClosed) {
      waiter.fail("EBADF"); // closed since the caller has looked
      return;
    }
    this.waiter = waiter;
    this.connection.incoming.user = this;
    this.connection.socket.ref();
    this.connection.listen();
  }

  remove(): void {
    this.connection.incoming.user = null;
    this.connection.socket.unref();
  }

  take(): void {}

  progress(): void {
    this.remove();
    this.waiter?.fire();
  }

  /** Nobody fails a receiver but the socket, which reports to the inbox. */
  fail(): void {
    this.progress();
  }

  abandon(): void {
    this.remove();
    this.waiter?.fail("EBADF");
  }
}
