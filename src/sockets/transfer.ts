// What sending and receiving share: one user of one direction, who waits for the outside.
import { dillError, signalError } from "../errors/index.js";
import type { Failure, HostSocket } from "../host/index.js";
import {
  BlockingOperation,
  readDeadline,
  type Source,
  type Step,
  type WaitsFor,
} from "../kernel/index.js";
import { brokenError, type Direction, type TransferUser } from "./direction.js";
import type { Inbox } from "./inbox.js";

/** A connection, as far as its transfers know it. */
export interface Carrier {
  readonly socket: HostSocket;
  readonly incoming: Direction;
  readonly outgoing: Direction;
  readonly inbox: Inbox;
  /** Why nothing will be added to the inbox any more. */
  readonly inboxEnd: "end" | Failure | null;
  readonly isClosed: boolean;
  /** For reports. */
  place(): Pick<WaitsFor, "resource" | "address">;
  /** Lets bytes come in. */
  listen(): void;
  /** Lets none come in, and has the receiver make progress when the process has had its turn. */
  goOnLater(): void;
  /** Nobody uses the direction any more. */
  released(direction: Direction): void;
}

/** Who ends a wait for the socket. */
export function sourceOf({ isRefable }: HostSocket): Source {
  return isRefable ? "outside" : "stream";
}

export abstract class Transfer<T> extends BlockingOperation<T> implements TransferUser {
  protected readonly connection: Carrier;
  protected readonly deadline: number;
  protected failure: Failure | null = null;
  /** Whether a byte was taken or handed on: then the operation can't end in the middle without harm. */
  protected hasMoved = false;
  readonly syscall: string;

  constructor(connection: Carrier, deadline: number, syscall: string) {
    super();
    this.syscall = syscall;
    this.connection = connection;
    this.deadline = deadline;
  }

  protected abstract direction(): Direction;
  /** Moves what can be moved now; true when all has been. */
  protected abstract move(): boolean;
  /** What it has moved. */
  protected abstract result(): T;
  /** Called before it goes to sleep. */
  protected abstract prepareWait(): void;

  protected begin(): Step<T> {
    const deadline = readDeadline(this.deadline, this.syscall);
    this.checkNotClosed();
    const direction = this.direction();
    this.checkUsable(direction);
    if (this.move()) return this.complete(this.result());
    this.checkNotClosed(); // by the user's own stream, to which the bytes were handed
    if (this.failure !== null) {
      this.endDirection(this.failure);
      throw this.errorFor(this.failure);
    }
    try {
      this.checkCanceled();
    } catch (error) {
      this.cutOff();
      throw error;
    }
    const task = this.waiter();
    direction.user = this;
    this.connection.socket.ref();
    this.prepareWait();
    return this.suspendUnlessCome(task, deadline, sourceOf(this.connection.socket));
  }

  protected checkUsable(direction: Direction): void {
    direction.checkUsable(this.syscall, this.connection);
  }

  private checkNotClosed(): void {
    if (!this.connection.isClosed) return;
    throw dillError("EBADF", this.syscall, "the handle has been closed");
  }

  /** Something has happened on the socket. */
  progress(): void {
    if (this.moveInReport() || this.failure !== null) this.finish();
  }

  /** What a buffer of the user's own class throws is for its owner, and not for the host's report. */
  private moveInReport(): boolean {
    try {
      return this.move();
    } catch (cause) {
      this.failure = { code: "EIO", cause };
      return false;
    }
  }

  fail(failure: Failure): void {
    this.failure = failure;
    this.finish();
  }

  /** The socket is being closed. */
  abandon(): void {
    this.endWait("EBADF");
  }

  /** The direction must show at once how it ended: the coroutine's turn may be after another user's. */
  private finish(): void {
    if (this.failure !== null) this.endDirection(this.failure);
    this.leave();
    this.come();
  }

  protected leave(): void {
    const direction = this.direction();
    direction.user = null;
    this.connection.socket.unref();
    this.connection.released(direction);
  }

  protected resume(): Step<T> {
    if (this.failure !== null) throw this.errorFor(this.failure);
    return this.complete(this.result());
  }

  undo(): void {
    this.cutOff();
    this.leave();
  }

  /** A deadline, a cancellation or a closed handle ends it. In the middle of the bytes, that breaks the direction. */
  protected cutOff(): void {
    if (this.hasMoved) this.direction().break();
  }

  /** Marks the direction, which has failed. */
  protected endDirection(_failure: Failure): void {
    this.direction().break();
  }

  override waitsFor(): WaitsFor {
    return { what: this.syscall, ...this.connection.place() };
  }

  protected errorFor({ code, cause, message }: Failure): unknown {
    if (code === "EPIPE") return signalError("EPIPE", this.syscall);
    const isBroken = code === "ECONNRESET" && cause === undefined && message === undefined;
    if (isBroken) return brokenError(this.syscall);
    return dillError(code, this.syscall, { cause, message });
  }
}
