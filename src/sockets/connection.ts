// A connection: a host's socket as a bytestream, with libdill's state machine. IPC and TCP share it.
//
// The transfers stand beside it: they and the connection know each other's every step.
//
// It reads ahead a little, so that the next brecv often finds its bytes here; then the socket pauses,
// and the kernel pushes back on the peer.
import { type DillError, dillError, signalError } from "../errors/index.js";
import type { Resource } from "../handles/index.js";
import type { Failure, HostSocket, SocketEvents } from "../host/index.js";
import {
  BlockingOperation,
  interrupt,
  type Occasion,
  type Operation,
  type Readable,
  readableType,
  readDeadline,
  type Step,
  wake,
} from "../runtime/index.js";
import { type BytestreamMethods, bytestreamType } from "./bytestream.js";
import { brokenError, Direction, type TransferUser } from "./direction.js";
import { Inbox } from "./inbox.js";
import type { ReceiveTarget } from "./iolist.js";
import { Readiness } from "./readiness.js";

/** How many bytes wait here, at the most, before the socket pauses; a chunk may go over it. */
const readAhead = 65536;
/** How many bytes the host is handed at a time: what a broken send may leave unsent in its hands. */
const writeChunk = 65536;

/** Finds a connection behind a handle, and tells one protocol's from another's. */
export interface ConnectionKind {
  /** For messages: "an ipc socket". */
  readonly name: string;
}

export class Connection implements Resource, BytestreamMethods, Readable, SocketEvents {
  readonly #kind: ConnectionKind;
  readonly socket: HostSocket;
  readonly incoming: Direction = new Direction();
  readonly outgoing: Direction = new Direction();
  readonly inbox: Inbox = new Inbox();
  /** Why nothing will be added to the inbox any more. */
  inboxEnd: "end" | Failure | null = null;
  isClosed = false;
  #isPaused = true;

  constructor(socket: HostSocket, kind: ConnectionKind) {
    this.socket = socket;
    this.#kind = kind;
    socket.events = this;
  }

  get kind(): string {
    return this.#kind.name;
  }

  query(type: unknown): unknown {
    const isMine = type === bytestreamType || type === readableType || type === this.#kind;
    return isMine ? this : undefined;
  }

  whenReadable(syscall: string): Occasion {
    return new Readiness(this, syscall);
  }

  /** Whoever waits for it wakes with EBADF. */
  close(): void {
    this.isClosed = true;
    this.incoming.user?.abandon();
    this.outgoing.user?.abandon();
    this.socket.close();
  }

  send(list: readonly Uint8Array[], deadline: number, syscall = "bsend"): Operation<void> {
    return new Sending(this, list, deadline, syscall);
  }

  receive(list: readonly ReceiveTarget[], deadline: number, syscall = "brecv"): Operation<void> {
    return new Receiving(this, list, deadline, syscall);
  }

  receiveSome(
    into: number | Uint8Array,
    deadline: number,
    syscall = "brecv_some",
  ): Operation<Buffer> {
    return new ReceivingSome(this, into, deadline, syscall);
  }

  /** Drops all that comes until the peer's end, which it reports as EPIPE. */
  drain(deadline: number, syscall: string): Operation<void> {
    return new Receiving(this, [{ skip: Infinity }], deadline, syscall);
  }

  /** Nothing more will be sent. A coroutine that is blocked sending gets ECONNRESET. */
  done(syscall: string): void {
    this.outgoing.checkOpen(syscall);
    this.outgoing.user?.fail({ code: "ECONNRESET", cause: undefined });
    this.outgoing.state = "done";
    this.socket.end();
  }

  /** Lets bytes come in. */
  listen(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.socket.resume();
  }

  received(buffer: Buffer, length: number): void {
    this.inbox.lend(buffer, length);
    this.incoming.user?.progress();
    this.inbox.keep();
    if (this.inbox.length < readAhead || this.#isPaused) return;
    this.#isPaused = true;
    this.socket.pause();
  }

  ended(): void {
    this.inboxEnd ??= "end";
    this.incoming.user?.progress();
  }

  readFailed(failure: Failure): void {
    this.inboxEnd ??= failure;
    this.incoming.user?.progress();
  }

  written(): void {
    this.outgoing.user?.progress();
  }

  writeFailed(failure: Failure): void {
    if (this.outgoing.user !== null) this.outgoing.user.fail(failure);
    else this.outgoing.break();
  }
}

/** What sending and receiving share: one user of one direction, who waits for the outside. */
abstract class Transfer<T> extends BlockingOperation<T> implements TransferUser {
  protected readonly connection: Connection;
  protected readonly deadline: number;
  protected failure: Failure | null = null;
  readonly syscall: string;

  constructor(connection: Connection, deadline: number, syscall: string) {
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
    if (this.connection.isClosed) {
      // It was open when the operation was called; then the turn was over, and the others came first.
      const message = "the handle was closed before the operation began";
      throw dillError("EBADF", this.syscall, { message });
    }
    const direction = this.direction();
    direction.checkUsable(this.syscall);
    if (this.move()) return this.complete(this.result());
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
    const { isRefable } = this.connection.socket;
    return isRefable ? this.suspendExternal(task, deadline) : this.suspend(task, deadline);
  }

  /** Something has happened on the socket. */
  progress(): void {
    if (this.move() || this.failure !== null) this.finish();
  }

  fail(failure: Failure): void {
    this.failure = failure;
    this.finish();
  }

  /** The socket is being closed. */
  abandon(): void {
    if (this.task !== null) interrupt(this.task, "EBADF");
  }

  /** The direction must show at once how it ended: the coroutine's turn may be after another user's. */
  private finish(): void {
    this.leave();
    if (this.failure !== null) this.endDirection(this.failure);
    if (this.task !== null) wake(this.task);
  }

  private leave(): void {
    this.direction().user = null;
    this.connection.socket.unref();
  }

  protected resume(): Step<T> {
    if (this.failure !== null) throw this.errorFor(this.failure);
    return this.complete(this.result());
  }

  undo(): void {
    this.leave();
    this.cutOff();
  }

  /** It ends in the middle, by a deadline, a cancellation or a closed handle. */
  protected cutOff(): void {
    this.direction().break();
  }

  describe(): string {
    return this.syscall;
  }

  /** Marks the direction, which has failed. */
  protected endDirection(_failure: Failure): void {
    this.direction().break();
  }

  private errorFor({ code, cause, message }: Failure): DillError {
    if (code === "EPIPE") return signalError("EPIPE", this.syscall);
    if (code === "ECONNRESET" && cause === undefined) return brokenError(this.syscall);
    return dillError(code, this.syscall, { cause, message });
  }
}

class Sending extends Transfer<void> {
  #list: readonly Uint8Array[];
  #item = 0;
  #offset = 0;

  constructor(
    connection: Connection,
    list: readonly Uint8Array[],
    deadline: number,
    syscall: string,
  ) {
    super(connection, deadline, syscall);
    this.#list = list;
  }

  protected direction(): Direction {
    return this.connection.outgoing;
  }

  protected move(): boolean {
    for (;;) {
      if (this.#hasShrunk()) return false;
      const chunk = this.#nextChunk();
      if (chunk === undefined) return true;
      if (!this.connection.socket.write(chunk)) return false;
    }
  }

  /** A buffer whose memory was given away, or cut, while part of it was on its way. */
  #hasShrunk(): boolean {
    const bytes = this.#list[this.#item];
    if (bytes === undefined || bytes.length >= this.#offset) return false;
    const message = "a buffer became shorter while it was being sent";
    this.failure = { code: "EINVAL", message };
    return true;
  }

  /**
   * What the next write carries: a piece of one buffer as it stands, or pieces of several, copied together.
   * A copy costs less than another system call, and the kernel keeps far more than a small write's bytes.
   */
  #nextChunk(): Uint8Array | undefined {
    const pieces: Uint8Array[] = [];
    let room = writeChunk;
    for (let bytes = this.#list[this.#item]; bytes !== undefined; bytes = this.#list[this.#item]) {
      const end = Math.min(bytes.length, this.#offset + room);
      const piece = end - this.#offset < bytes.length ? bytes.subarray(this.#offset, end) : bytes;
      if (piece.length > 0) pieces.push(piece);
      room -= piece.length;
      this.#offset = end;
      if (end < bytes.length) break;
      this.#item += 1;
      this.#offset = 0;
      if (room === 0) break;
    }
    return pieces.length > 1 ? Buffer.concat(pieces, writeChunk - room) : pieces[0];
  }

  /** While it waits, the caller may use his list again. */
  protected prepareWait(): void {
    this.#list = this.#list.slice();
  }

  protected result(): void {}

  protected copy(): Sending {
    return new Sending(this.connection, this.#list, this.deadline, this.syscall);
  }
}

/** What receives share: how they wait, and how they end. */
abstract class Incoming<T> extends Transfer<T> {
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

class Receiving extends Incoming<void> {
  readonly #list: readonly ReceiveTarget[];
  #item = 0;
  #offset = 0;
  /** How long the item was when it was last looked at. */
  #wanted = 0;

  constructor(
    connection: Connection,
    list: readonly ReceiveTarget[],
    deadline: number,
    syscall: string,
  ) {
    super(connection, deadline, syscall);
    this.#list = list;
  }

  protected move(): boolean {
    const { inbox } = this.connection;
    for (;;) {
      const target = this.#list[this.#item];
      if (target === undefined) return true;
      const isBuffer = target instanceof Uint8Array;
      const length = isBuffer ? target.length : target.skip;
      if (length < this.#wanted) {
        const message = "a buffer became shorter while it was being filled";
        this.failure = { code: "EINVAL", message };
        return false;
      }
      this.#offset += isBuffer
        ? inbox.moveTo(target, this.#offset)
        : inbox.drop(length - this.#offset);
      this.#wanted = length;
      if (this.#offset < length) break;
      this.#item += 1;
      this.#offset = 0;
      this.#wanted = 0;
    }
    return this.noteEnd();
  }

  protected result(): void {}

  /** As when it is cut short: what it took can't be taken by another. */
  override giveBack(): void {
    if (this.failure === null) this.cutOff();
  }

  protected copy(): Receiving {
    return new Receiving(this.connection, this.#list, this.deadline, this.syscall);
  }
}

/** Takes what has come. Cut off, it has taken nothing, so that the direction goes on. */
class ReceivingSome extends Incoming<Buffer> {
  readonly #into: number | Uint8Array;
  #bytes: Buffer | undefined;

  constructor(
    connection: Connection,
    into: number | Uint8Array,
    deadline: number,
    syscall: string,
  ) {
    super(connection, deadline, syscall);
    this.#into = into;
  }

  protected move(): boolean {
    const { inbox } = this.connection;
    if (inbox.length === 0) return this.noteEnd();
    if (typeof this.#into === "number") this.#bytes = inbox.take(this.#into);
    else if (this.#into.length > 0) this.#bytes = inbox.fill(this.#into);
    else this.failure = { code: "EINVAL", message: "the buffer's memory was given away meanwhile" };
    return this.failure === null;
  }

  protected override endDirection(failure: Failure): void {
    if (failure.code !== "EINVAL") super.endDirection(failure);
  }

  protected result(): Buffer {
    return this.#bytes as Buffer;
  }

  override giveBack(): void {
    if (this.#bytes === undefined) return;
    this.connection.inbox.putBack(this.#bytes);
    this.connection.incoming.user?.progress();
  }

  protected override cutOff(): void {}

  protected copy(): ReceivingSome {
    return new ReceivingSome(this.connection, this.#into, this.deadline, this.syscall);
  }
}
