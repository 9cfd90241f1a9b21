// A connection in the hands of one user, for as many operations as he likes: the holder of both directions.
import type { Failure, HostSocket } from "../host/index.js";
import type { Operation, WaitsFor } from "../kernel/index.js";
import type { HeldBytestream } from "./bytestream.js";
import type { Direction } from "./direction.js";
import type { Inbox } from "./inbox.js";
import { ReceivingSome } from "./receiving.js";
import { Sending } from "./sending.js";
import type { Carrier } from "./transfer.js";

/** A connection, as far as its holder knows it. */
interface Held extends Carrier {
  done(syscall: string, by: object): void;
}

/** Its transfers have it for their connection, so that the directions know whose they are. */
export class Hold implements Carrier, HeldBytestream {
  private readonly held: Held;
  readonly socket: HostSocket;
  readonly incoming: Direction;
  readonly outgoing: Direction;
  readonly inbox: Inbox;

  constructor(held: Held, syscall: string) {
    this.held = held;
    this.socket = held.socket;
    this.incoming = held.incoming;
    this.outgoing = held.outgoing;
    this.inbox = held.inbox;
    for (const direction of this.directions) direction.checkIdle(syscall);
    for (const direction of this.directions) direction.holder = this;
  }

  private get directions(): readonly Direction[] {
    return [this.incoming, this.outgoing];
  }

  release(): void {
    for (const direction of this.directions) direction.holder = null;
  }

  get inboxEnd(): "end" | Failure | null {
    return this.held.inboxEnd;
  }

  get isClosed(): boolean {
    return this.held.isClosed;
  }

  place(): Pick<WaitsFor, "resource" | "address"> {
    return this.held.place();
  }

  listen(): void {
    this.held.listen();
  }

  goOnLater(): void {
    this.held.goOnLater();
  }

  released(direction: Direction): void {
    this.held.released(direction);
  }

  send(list: readonly Uint8Array[], deadline: number, syscall = "bsend"): Operation<void> {
    return new Sending(this, list, deadline, syscall);
  }

  receiveSome(
    into: number | Uint8Array,
    deadline: number,
    syscall = "brecv_some",
  ): Operation<Buffer> {
    return new ReceivingSome(this, into, deadline, syscall);
  }

  done(syscall: string): void {
    this.held.done(syscall, this);
  }
}
