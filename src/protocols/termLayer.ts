// What is behind the handle of a term socket, and how it receives: the message that is the end must end the direction.
import { dillError, isErrno, signalError } from "../errors/index.js";
import { type Handle, queryHandle } from "../handles/index.js";
import {
  Delegation,
  type Event,
  type Operation,
  type Readable,
  readableType,
  readDeadline,
  Rounds,
  type Steps,
  type Waiter,
} from "../kernel/index.js";
import {
  brokenError,
  Direction,
  fillTargets,
  Layer,
  type LayerKind,
  type MessageMethods,
  messageType,
  misfit,
  type ReceiveTarget,
  roomIn,
} from "../sockets/index.js";
import { lengthOf } from "./limits.js";

export const kind: LayerKind = { name: "a term socket" };

export class Term extends Layer<MessageMethods> implements MessageMethods, Readable {
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
      const message = "the message is the terminator: use termDone";
      throw dillError("EINVAL", syscall, { message });
    }
    return this.methods.send(list, deadline, syscall);
  }

  receive(deadline: number, syscall = "mrecv"): Operation<Buffer> {
    return new TermReceiving(this, deadline, syscall);
  }

  receiveInto(
    targets: readonly ReceiveTarget[],
    deadline: number,
    syscall = "mrecv",
  ): Operation<number> {
    return new TermReceivingInto(this, targets, deadline, syscall);
  }

  /** The next message of the carrier's, which has to be looked at. */
  next(deadline: number, syscall: string): Operation<Buffer> {
    readDeadline(deadline, syscall);
    this.incoming.checkOpen(syscall);
    const { kept } = this;
    this.kept = null;
    return kept === null ? this.methods.receive(deadline, syscall) : returning(kept);
  }

  /** Throws if it is the end, or if another receiver has found that first. */
  look(message: Buffer, syscall: string): Buffer {
    const isBehindTheEnd = this.incoming.state === "done";
    if (isBehindTheEnd) this.methods.putBack?.(message);
    else if (!this.isTerminator(message)) return message;
    this.incoming.state = "done";
    throw signalError("EPIPE", syscall);
  }

  putBack(message: Buffer): void {
    this.kept = message;
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
    const end = readDeadline(deadline, syscall);
    const rounds = new Rounds(syscall);
    this.checkIdle(syscall);
    if (this.isBroken) throw brokenError(syscall);
    if (this.outgoing.state === "open") yield* this.end(deadline, syscall);
    try {
      while (this.incoming.state === "open") {
        yield* this.receive(deadline, syscall);
        yield* rounds.next(end);
      }
    } catch (error) {
      if (!isErrno(error, "EPIPE")) throw error;
    }
  }

  whenReadable(syscall: string): Event<void> {
    if (this.kept !== null || this.incoming.state !== "open") return alreadyReadable;
    const what = "a socket that choose can wait for";
    const beneath = queryHandle(this.carrier, readableType, what, syscall) as Readable;
    return beneath.whenReadable(syscall);
  }

  checkSend(syscall: string): void {
    this.methods.checkSend?.(syscall);
    this.outgoing.checkOpen(syscall);
  }

  checkIdle(syscall: string): void {
    this.methods.checkIdle?.(syscall);
  }

  get isBroken(): boolean {
    return this.methods.isBroken === true;
  }

  leave(): void {}
}

/** Looks at what the carrier receives. It holds nothing meanwhile: a second receiver is told by the carrier. */
abstract class Looking<T> extends Delegation<T, Buffer> {
  readonly syscall: string;
  protected readonly term: Term;
  protected readonly deadline: number;

  constructor(term: Term, deadline: number, syscall: string) {
    super();
    this.syscall = syscall;
    this.term = term;
    this.deadline = deadline;
  }

  protected delegate(): Operation<Buffer> {
    return this.term.next(this.deadline, this.syscall);
  }
}

class TermReceiving extends Looking<Buffer> {
  protected result(message: Buffer): Buffer {
    return this.term.look(message, this.syscall);
  }

  protected copy(): TermReceiving {
    return new TermReceiving(this.term, this.deadline, this.syscall);
  }
}

class TermReceivingInto extends Looking<number> {
  private readonly targets: readonly ReceiveTarget[];
  private readonly room: number;

  constructor(term: Term, targets: readonly ReceiveTarget[], deadline: number, syscall: string) {
    super(term, deadline, syscall);
    this.targets = targets;
    this.room = roomIn(targets);
  }

  protected result(received: Buffer): number {
    const message = this.term.look(received, this.syscall);
    const error = misfit(this.targets, this.room, message.length, this.syscall);
    if (error === undefined) return fillTargets(this.targets, message);
    this.term.putBack(message);
    throw error;
  }

  protected copy(): TermReceivingInto {
    return new TermReceivingInto(this.term, this.targets, this.deadline, this.syscall);
  }
}

/** An operation that has its result. */
function returning(message: Buffer): Operation<Buffer> {
  return {
    *[Symbol.iterator]() {
      return message;
    },
  };
}

const alreadyReadable: Event<void> = {
  source: "inside",
  isReady: () => true,
  add(waiter: Waiter): void {
    waiter.fire();
  },
  remove(): void {},
  take(): void {},
};
