// Term: an end of the conversation, on a socket that carries messages. It is itself a message.
import { dillError, isErrno, signalError } from "../errors/index.js";
import { type Handle, queryHandle } from "../handles/index.js";
import {
  type Event,
  type Operation,
  operation,
  type Readable,
  readableType,
  type Steps,
  type Waiter,
} from "../kernel/index.js";
import {
  attach,
  brokenError,
  Direction,
  fillTargets,
  Layer,
  type LayerKind,
  layerOf,
  type MessageMethods,
  messageOf,
  type MessageSocket,
  messageType,
  noRoom,
  orCloseAfter,
  type Over,
  type ReceiveTarget,
  roomIn,
  takeOff,
  waitingBeneath,
} from "../sockets/index.js";
import { lengthOf, longestMark, markOf } from "./limits.js";

/** Handle of a term protocol on a message socket of type `S`. */
export type TermSocket<S extends MessageSocket = MessageSocket> = Over<"term", S> & MessageSocket;

const kind: LayerKind = { name: "a term socket" };

/**
 * Gives a message socket an end: one message that says that nothing more follows.
 *
 * The socket is taken over: its old handle is `EBADF`. Nothing is sent. A message that is sent and equals the terminator is
 * `EINVAL`, unlike in libdill. Never blocks.
 *
 * @param s - A message socket.
 * @param terminator - The message that is the end: up to 32 bytes, or text, whose bytes are those of UTF-8. It may be empty.
 * @returns Handle of the message socket, for {@link msend}, {@link mrecv}, {@link termDone} and {@link termDetach}.
 * @throws {@link DillError}
 * - `EBADF`: the handle is not open; nothing has changed.
 * - `EBUSY`: a coroutine uses the socket; it is closed.
 * - `ECANCELED`: the coroutine is being canceled; the socket is closed.
 * - `EINVAL`: the terminator is none; the socket is closed.
 * - `ENOTSUP`: the handle is not a message socket; it is closed.
 * @see term_attach(3), https://libdill.org/term_attach.html
 */
export function termAttach<S extends MessageSocket>(
  s: S,
  terminator: string | Uint8Array,
): TermSocket<S> {
  return attach(
    s,
    messageOf,
    (carrier, methods) =>
      new Term(carrier, methods, markOf(terminator, 0, longestMark, "terminator", "term_attach")),
    "term_attach",
  );
}

/**
 * Says that nothing more will be sent: sends the terminator.
 *
 * The peer's receives end with `EPIPE`. What the peer sends can still be received.
 *
 * @param s - Handle of a term socket.
 * @param deadline - Point on the clock of {@link now}, in milliseconds; `-1` never, `0` only what can be sent at once.
 * @throws {@link DillError}
 * - `EBADF`: the handle is not open, or was closed meanwhile.
 * - `EPIPE`: this has been said already.
 * - `ENOTSUP`: the handle is not a term socket.
 *
 * Besides, all that {@link msend} throws.
 * @remarks Cancellation: as for {@link msend}.
 * @see term_done(3), https://libdill.org/term_done.html
 */
export function termDone(s: TermSocket, deadline: number): Operation<void> {
  return operation("term_done", () => layerOf<Term>(s, kind, "term_done").end(deadline));
}

/**
 * Takes the term protocol off a message socket, at the end of both directions.
 *
 * It sends the terminator, if {@link termDone} has not, and drops what the peer sends up to its terminator. If the peer's
 * connection ends instead, that is the end, too.
 *
 * @param s - Handle of a term socket; it is no longer valid.
 * @param deadline - Point on the clock of {@link now}, in milliseconds; `-1` never, `0` only what is there.
 * @returns The message socket, under a new handle.
 * @throws {@link DillError}
 * - `EBADF`: the handle is not open.
 * - `EBUSY`: a coroutine uses the socket; all of it is closed.
 * - `ECANCELED`: the coroutine is being canceled; all of it is closed.
 * - `ECONNRESET`: the connection broke, or an earlier send or receive has failed; all of it is closed.
 * - `EINVAL`: the deadline is none; all of it is closed.
 * - `ENOTSUP`: the handle is not a term socket; it stays as it was.
 * - `ETIMEDOUT`: the deadline came first; all of it is closed.
 * @remarks Cancellation: the whole stack is closed.
 * @see term_detach(3), https://libdill.org/term_detach.html
 */
export function termDetach<S extends MessageSocket>(
  s: TermSocket<S>,
  deadline: number,
): Operation<S> {
  return operation("term_detach", () => takeApart<S>(s, deadline));
}

function* takeApart<S extends MessageSocket>(s: TermSocket<S>, deadline: number): Steps<S> {
  const term = takeOff<Term>(s, kind, "term_detach");
  yield* orCloseAfter(term.carrier, "term_detach", term.finish(deadline));
  return term.carrier as S;
}

class Term extends Layer<MessageMethods> implements MessageMethods, Readable {
  private readonly terminator: Buffer;
  private readonly incoming = new Direction();
  private readonly outgoing = new Direction();
  /** A message that was too long for the receive to which it came. */
  private kept: Buffer | null = null;

  constructor(carrier: Handle, methods: MessageMethods, terminator: Buffer) {
    super(carrier, methods, kind);
    this.terminator = terminator;
  }

  override query(type: unknown): unknown {
    return type === messageType || type === readableType ? this : super.query(type);
  }

  send(list: readonly Uint8Array[], deadline: number, syscall = "msend"): Operation<void> {
    this.checkSend(syscall);
    if (lengthOf(list) === this.terminator.length && this.isTerminator(Buffer.concat(list))) {
      throw dillError("EINVAL", syscall, {
        message: "the message is the terminator: use termDone",
      });
    }
    return this.methods.send(list, deadline, syscall);
  }

  receive(deadline: number, syscall = "mrecv"): Operation<Buffer> {
    return operation(syscall, () => this.nextMessage(deadline, syscall));
  }

  receiveInto(
    targets: readonly ReceiveTarget[],
    deadline: number,
    syscall = "mrecv",
  ): Operation<number> {
    return operation(syscall, () => this.nextInto(targets, deadline, syscall));
  }

  private *nextMessage(deadline: number, syscall: string): Steps<Buffer> {
    this.incoming.checkUsable(syscall);
    const { kept } = this;
    this.kept = null;
    if (kept !== null) return kept;
    // Whoever receives holds the direction until the message has been looked at: the terminator must end it for the next one.
    this.incoming.user = waitingBeneath;
    try {
      const message = yield* this.methods.receive(deadline, syscall);
      if (!this.isTerminator(message)) return message;
    } finally {
      this.incoming.user = null;
    }
    this.incoming.state = "done";
    throw signalError("EPIPE", syscall);
  }

  private *nextInto(
    targets: readonly ReceiveTarget[],
    deadline: number,
    syscall: string,
  ): Steps<number> {
    const message = yield* this.nextMessage(deadline, syscall);
    if (message.length <= roomIn(targets)) return fillTargets(targets, message);
    this.kept = message;
    throw noRoom(syscall);
  }

  private isTerminator(message: Buffer): boolean {
    return message.equals(this.terminator);
  }

  *end(deadline: number, syscall = "term_done"): Steps<void> {
    this.checkSend(syscall);
    yield* this.methods.send([this.terminator], deadline, syscall);
    this.outgoing.state = "done";
  }

  *finish(deadline: number): Steps<void> {
    const syscall = "term_detach";
    this.checkIdle(syscall);
    if (this.isBroken) throw brokenError(syscall);
    if (this.outgoing.state === "open") yield* this.end(deadline, syscall);
    try {
      while (this.incoming.state === "open") yield* this.nextMessage(deadline, syscall);
    } catch (error) {
      if (!isErrno(error, "EPIPE")) throw error;
    }
  }

  whenReadable(syscall: string): Event<void> {
    this.incoming.checkIdle(syscall);
    if (this.kept !== null || this.incoming.state !== "open") return alreadyReadable;
    const beneath = queryHandle(
      this.carrier,
      readableType,
      "a socket that choose can wait for",
      syscall,
    );
    return (beneath as Readable).whenReadable(syscall);
  }

  checkSend(syscall: string): void {
    this.methods.checkSend?.(syscall);
    this.outgoing.checkOpen(syscall);
  }

  checkIdle(syscall: string): void {
    this.incoming.checkIdle(syscall);
    this.methods.checkIdle?.(syscall);
  }

  get isBroken(): boolean {
    return this.methods.isBroken === true;
  }

  leave(): void {}
}

const alreadyReadable: Event<void> = {
  isExternal: false,
  isReady: () => true,
  add(waiter: Waiter): void {
    waiter.fire();
  },
  remove(): void {},
  take(): void {},
};
