// Receiving with a reader: it takes its message out of the inbox as the bytes come.
import { retold } from "../errors/index.js";
import type { Failure } from "../host/index.js";
import { isPast, readDeadline } from "../kernel/index.js";
import { endedInside, type Reader } from "./reader.js";
import { Incoming } from "./receiving.js";
import type { Carrier } from "./transfer.js";

export class ReceivingWith<T> extends Incoming<T> {
  private readonly reader: Reader<T>;
  private message: T | undefined;
  private givesWay = false;
  /** What the reader has thrown. */
  private thrown: { readonly error: unknown } | null = null;

  constructor(connection: Carrier, reader: Reader<T>, deadline: number, syscall: string) {
    super(connection, deadline, syscall);
    this.reader = reader;
  }

  protected move(): boolean {
    try {
      do {
        this.message = this.reader.read(this.connection.inbox);
        this.givesWay = this.message === undefined && this.reader.givesWay === true;
      } while (this.givesWay && this.isLate);
    } catch (error) {
      this.thrown = { error };
      this.failure = { code: "EPROTO" };
      return false;
    }
    if (this.message !== undefined) return true;
    return this.givesWay ? false : this.noteEnd();
  }

  /** Without a right to wait, it looks at all that is there. */
  private get isLate(): boolean {
    return this.task === null && isPast(readDeadline(this.deadline, this.syscall));
  }

  protected override prepareWait(): void {
    if (this.givesWay) this.connection.goOnLater();
    else super.prepareWait();
  }

  override progress(): void {
    super.progress();
    if (this.connection.incoming.user === this) this.prepareWait();
  }

  protected override noteEnd(): false {
    super.noteEnd();
    const isTorn = !this.reader.isBetween || this.connection.inbox.length > 0;
    if (this.failure?.code === "EPIPE" && isTorn) {
      this.failure = { code: "ECONNRESET", message: this.reader.tornMessage ?? endedInside };
    }
    return false;
  }

  protected result(): T {
    return this.message as T;
  }

  /** Not by an EPIPE of the reader's: that is no end of the stream. */
  protected override endDirection(failure: Failure): void {
    if (this.thrown === null) super.endDirection(failure);
    else this.direction().break();
  }

  /** What was taken waits in the reader. */
  protected override cutOff(): void {}

  override giveBack(): void {
    if (this.message === undefined) return;
    this.reader.putBack?.(this.message);
    this.connection.incoming.user?.progress();
  }

  protected override errorFor(failure: Failure): unknown {
    if (this.thrown === null) return super.errorFor(failure);
    return retold(this.thrown.error, this.syscall);
  }

  protected copy(): ReceivingWith<T> {
    return new ReceivingWith(this.connection, this.reader, this.deadline, this.syscall);
  }
}
