// Term's operations of several steps. Until such an operation has looked at a message, or noted what it has sent, nobody
// else may use its direction: what comes next may be behind the end.
import { signalError } from "../errors/index.js";
import { type Operation, readDeadline } from "../kernel/index.js";
import {
  type Direction,
  fillTargets,
  Holding,
  misfit,
  type ReceiveTarget,
  roomIn,
} from "../sockets/index.js";

/** A term socket, as far as these operations know it. */
export interface Conversation {
  readonly incoming: Direction;
  readonly outgoing: Direction;
  /** The next message, which may be the terminator. */
  next(deadline: number, syscall: string): Operation<Buffer>;
  isTerminator(message: Buffer): boolean;
  putBack(message: Buffer): void;
  checkSend(syscall: string): void;
  sendTerminator(deadline: number, syscall: string): Operation<void>;
}

abstract class TermStep<T, U> extends Holding<T, U> {
  readonly syscall: string;
  protected readonly term: Conversation;
  protected readonly deadline: number;

  constructor(term: Conversation, deadline: number, syscall: string) {
    super();
    this.syscall = syscall;
    this.term = term;
    this.deadline = deadline;
  }
}

abstract class Looking<T> extends TermStep<T, Buffer> {
  protected seize(): Direction {
    const { term, deadline, syscall } = this;
    readDeadline(deadline, syscall);
    term.incoming.checkUsable(syscall);
    return term.incoming;
  }

  protected delegate(): Operation<Buffer> {
    return this.term.next(this.deadline, this.syscall);
  }

  /** Throws if it is the end. */
  protected look(message: Buffer): Buffer {
    if (!this.term.isTerminator(message)) return message;
    this.term.incoming.state = "done";
    throw signalError("EPIPE", this.syscall);
  }
}

export class TermReceiving extends Looking<Buffer> {
  protected result(message: Buffer): Buffer {
    return this.look(message);
  }

  protected copy(): TermReceiving {
    return new TermReceiving(this.term, this.deadline, this.syscall);
  }
}

export class TermReceivingInto extends Looking<number> {
  private readonly targets: readonly ReceiveTarget[];
  private readonly room: number;

  constructor(
    term: Conversation,
    targets: readonly ReceiveTarget[],
    deadline: number,
    syscall: string,
  ) {
    super(term, deadline, syscall);
    this.targets = targets;
    this.room = roomIn(targets);
  }

  protected result(received: Buffer): number {
    const message = this.look(received);
    const error = misfit(this.targets, this.room, message.length, this.syscall);
    if (error === undefined) return fillTargets(this.targets, message);
    this.term.putBack(message);
    throw error;
  }

  protected copy(): TermReceivingInto {
    return new TermReceivingInto(this.term, this.targets, this.deadline, this.syscall);
  }
}

export class SayingEnd extends TermStep<void, void> {
  protected seize(): Direction {
    this.term.checkSend(this.syscall);
    return this.term.outgoing;
  }

  protected delegate(): Operation<void> {
    return this.term.sendTerminator(this.deadline, this.syscall);
  }

  protected result(): void {
    this.term.outgoing.state = "done";
  }

  protected copy(): SayingEnd {
    return new SayingEnd(this.term, this.deadline, this.syscall);
  }
}
