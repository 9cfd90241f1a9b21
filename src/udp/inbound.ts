// What comes to a UDP socket, and the wait for it.
import type { Failure, HostDatagrams } from "../host/index.js";
import type { Ipaddr } from "../ipaddr/index.js";
import type { Event, Waiter } from "../kernel/index.js";
import { failureError } from "../sockets/index.js";

/** What {@link udpRecv} returns. */
export interface Datagram {
  /** What was sent; it may be empty. */
  readonly data: Buffer;
  /** Who has sent it. */
  readonly addr: Ipaddr;
}

/** Who waits: a receive, or somebody who waits until one need not wait. */
export interface Receiver {
  /** The socket is readable now. */
  arrived(): void;
  closed(): void;
}

/** A socket, as far as receiving goes. */
export interface Inbound {
  receiver: Receiver | null;
  readonly host: HostDatagrams | null;
  readonly isClosed: boolean;
  readonly isReadable: boolean;
  /** The datagram that has waited longest. */
  claim(): Datagram | undefined;
  /** The error that came while nobody received. */
  takeFailure(): Failure | undefined;
  /** First in line again. */
  giveBack(datagram: Datagram): void;
  /** Throws EBUSY while a coroutine receives. */
  checkIdle(syscall: string): void;
}

/** A receive need not wait. While somebody waits for that, a receive is EBUSY. */
export class ReadableEvent implements Event<void>, Receiver {
  readonly source = "outside";
  readonly socket: Inbound;
  private waiter: Waiter | null = null;

  constructor(socket: Inbound, syscall: string) {
    this.socket = socket;
    socket.checkIdle(syscall);
  }

  isReady(): boolean {
    return this.socket.isReadable;
  }

  add(waiter: Waiter): void {
    if (this.socket.isClosed) {
      waiter.fail("EBADF"); // closed since the caller has looked
      return;
    }
    this.waiter = waiter;
    this.socket.receiver = this;
    this.socket.host?.ref();
  }

  remove(): void {
    this.socket.receiver = null;
    this.socket.host?.unref();
  }

  take(): void {}

  arrived(): void {
    if (!this.isReady()) return;
    this.remove();
    this.waiter?.fire();
  }

  closed(): void {
    this.remove();
    this.waiter?.fail("EBADF");
  }
}

/** A datagram has come, or the socket has failed: this receive has it, and not the next one. */
export class DatagramEvent<T> extends ReadableEvent implements Event {
  private readonly make: (datagram: Datagram) => T;
  private readonly syscall: string;
  private datagram: Datagram | undefined;
  private failure: Failure | undefined;

  constructor(socket: Inbound, make: (datagram: Datagram) => T, syscall: string) {
    super(socket, syscall);
    this.make = make;
    this.syscall = syscall;
  }

  override isReady(): boolean {
    this.datagram = this.socket.claim();
    if (this.datagram === undefined) this.failure = this.socket.takeFailure();
    return this.datagram !== undefined || this.failure !== undefined;
  }

  override take(): T {
    if (this.failure !== undefined) throw failureError(this.failure, this.syscall);
    return this.make(this.datagram as Datagram);
  }

  giveBack(): void {
    if (this.datagram !== undefined) this.socket.giveBack(this.datagram);
  }
}
