// Receiving: bytes that have come are taken from the inbox, first those that wait there, then those that come.
import type { Failure } from "../host/index.js";
import type { Direction } from "./direction.js";
import type { ReceiveTarget } from "./iolist.js";
import { type Carrier, Transfer } from "./transfer.js";

/** What receives share: how they wait, and how they end. */
export abstract class Incoming<T> extends Transfer<T> {
  protected direction(): Direction {
    return this.connection.incoming;
  }

  /** Nothing is left in the inbox: if nothing more will come, that is how it ends. */
  protected noteEnd(): false {
    const { inboxEnd } = this.connection;
    if (inboxEnd === "end") this.failure = { code: "EPIPE" };
    else if (inboxEnd !== null) this.failure = inboxEnd;
    return false;
  }

  protected prepareWait(): void {
    this.connection.listen();
  }

  protected override endDirection(failure: Failure): void {
    if (failure.code === "EPIPE") this.connection.incoming.state = "done";
    else super.endDirection(failure);
  }
}

export class Receiving extends Incoming<void> {
  private readonly list: readonly ReceiveTarget[];
  private item = 0;
  private offset = 0;
  /** How long the item was when it was last looked at. */
  private wanted = 0;

  constructor(
    connection: Carrier,
    list: readonly ReceiveTarget[],
    deadline: number,
    syscall: string,
  ) {
    super(connection, deadline, syscall);
    this.list = list;
  }

  protected move(): boolean {
    const { inbox } = this.connection;
    for (;;) {
      const target = this.list[this.item];
      if (target === undefined) return true;
      const isBuffer = target instanceof Uint8Array;
      const length = isBuffer ? target.length : target.skip;
      if (length < this.wanted) {
        const message = "a buffer became shorter while it was being filled";
        this.failure = { code: "EINVAL", message };
        return false;
      }
      const moved = isBuffer ? inbox.moveTo(target, this.offset) : inbox.drop(length - this.offset);
      if (moved > 0) this.hasMoved = true;
      this.offset += moved;
      this.wanted = length;
      if (this.offset < length) break;
      this.item += 1;
      this.offset = 0;
      this.wanted = 0;
    }
    return this.noteEnd();
  }

  protected result(): void {}

  /** As when it is cut short: what it took can't be taken by another. */
  override giveBack(): void {
    if (this.failure === null) this.cutOff();
  }

  protected copy(): Receiving {
    return new Receiving(this.connection, this.list, this.deadline, this.syscall);
  }
}

/** Drops all that comes up to the end. It does not matter whether a message was torn in there. */
export class Draining extends Receiving {
  constructor(connection: Carrier, deadline: number, syscall: string) {
    super(connection, [{ skip: Infinity }], deadline, syscall);
  }

  protected override checkUsable(direction: Direction): void {
    direction.checkIdle(this.syscall);
  }

  protected override copy(): Draining {
    return new Draining(this.connection, this.deadline, this.syscall);
  }
}

/** Takes what has come. Cut off, it has taken nothing, so that the direction goes on. */
export class ReceivingSome extends Incoming<Buffer> {
  private readonly into: number | Uint8Array;
  private bytes: Buffer | undefined;

  constructor(connection: Carrier, into: number | Uint8Array, deadline: number, syscall: string) {
    super(connection, deadline, syscall);
    this.into = into;
  }

  protected move(): boolean {
    const { inbox } = this.connection;
    if (inbox.length === 0) return this.noteEnd();
    if (typeof this.into === "number") this.bytes = inbox.take(this.into);
    else if (this.into.length > 0) this.bytes = inbox.fill(this.into);
    else this.failure = { code: "EINVAL", message: "the buffer's memory was given away meanwhile" };
    return this.failure === null;
  }

  protected override endDirection(failure: Failure): void {
    if (failure.code !== "EINVAL") super.endDirection(failure);
  }

  protected result(): Buffer {
    return this.bytes as Buffer;
  }

  override giveBack(): void {
    if (this.bytes === undefined) return;
    this.connection.inbox.putBack(this.bytes);
    this.connection.incoming.user?.progress();
  }

  protected override cutOff(): void {}

  protected copy(): ReceivingSome {
    return new ReceivingSome(this.connection, this.into, this.deadline, this.syscall);
  }
}
