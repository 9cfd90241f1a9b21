// What is behind the handle of a term socket.
import { dillError, isErrno } from "../errors/index.js";
import { type Handle, queryHandle, resourceOf } from "../handles/index.js";
import {
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
  type Ending,
  Layer,
  type LayerKind,
  layerType,
  type MessageMethods,
  messageType,
  type ReceiveTarget,
} from "../sockets/index.js";
import { lengthOf } from "./limits.js";
import { type Conversation, SayingEnd, TermReceiving, TermReceivingInto } from "./termSteps.js";

export const kind: LayerKind = { name: "a term socket" };

export class Term extends Layer<MessageMethods> implements Conversation, MessageMethods, Readable {
  private readonly terminator: Buffer;
  readonly incoming: Direction = new Direction();
  readonly outgoing: Direction = new Direction();
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

  next(deadline: number, syscall: string): Operation<Buffer> {
    const { kept } = this;
    this.kept = null;
    return kept === null ? this.methods.receive(deadline, syscall) : returning(kept);
  }

  putBack(message: Buffer): void {
    this.kept = message;
  }

  isTerminator(message: Buffer): boolean {
    return message.equals(this.terminator);
  }

  *sayEnd(deadline: number, syscall: string): Steps<void> {
    yield* new SayingEnd(this, deadline, syscall);
  }

  sendTerminator(deadline: number, syscall: string): Operation<void> {
    return this.methods.send([this.terminator], deadline, syscall);
  }

  *finish(deadline: number, syscall: string): Steps<void> {
    const end = readDeadline(deadline, syscall);
    const rounds = new Rounds(syscall);
    this.checkIdle(syscall);
    if (this.isBroken) throw brokenError(syscall);
    if (this.outgoing.state === "open") yield* this.sayEnd(deadline, syscall);
    try {
      while (this.incoming.state === "open") {
        yield* this.receive(deadline, syscall);
        yield* rounds.next(end);
      }
    } catch (error) {
      if (!isErrno(error, "EPIPE")) throw error;
    }
  }

  /** A message socket of a user's ends with the terminators of both. */
  *end(deadline: number, syscall: string): Steps<void> {
    const beneath = resourceOf(this.carrier, syscall).query(layerType) as Ending | undefined;
    if (beneath === undefined) {
      yield* this.finish(deadline, syscall);
      return;
    }
    this.checkIdle(syscall);
    if (this.outgoing.state === "open") yield* this.sayEnd(deadline, syscall);
    yield* beneath.end(deadline, syscall);
  }

  whenReadable(syscall: string): Event<void> {
    this.incoming.checkIdle(syscall);
    if (this.kept !== null || this.incoming.state !== "open") return alreadyReadable;
    const what = "a socket that choose can wait for";
    const beneath = queryHandle(this.carrier, readableType, what, syscall) as Readable;
    return beneath.whenReadable(syscall);
  }

  checkSend(syscall: string): void {
    this.methods.checkSend?.(syscall);
    this.outgoing.checkUsable(syscall);
  }

  checkIdle(syscall: string): void {
    this.incoming.checkIdle(syscall);
    this.outgoing.checkIdle(syscall);
    this.methods.checkIdle?.(syscall);
  }

  get isBroken(): boolean {
    return this.methods.isBroken === true;
  }

  leave(): void {}
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
