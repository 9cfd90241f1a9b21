// chsend and chrecv: one party in one mailbox, whose coroutine waits for the other party.
//
// Both are one class, so that the code which runs for every message sees objects of one shape.
import {
  BlockingOperation,
  finished,
  type Interruption,
  interrupt,
  isPast,
  readDeadline,
  type Step,
  type Waiter,
  type WaitsFor,
  wake,
} from "../kernel/index.js";
import { type Channel, halfOf, type Mailbox, type Party } from "./channel.js";

export class Rendezvous extends BlockingOperation<unknown> implements Party {
  before: Waiter | null = null;
  after: Waiter | null = null;
  readonly isSender: boolean;
  private readonly channel: Channel<never, unknown>;
  private readonly deadline: number;
  private mailbox: Mailbox | null = null;

  constructor(
    isSender: boolean,
    channel: Channel<never, unknown>,
    message: unknown,
    deadline: number,
  ) {
    super();
    this.value = message;
    this.isSender = isSender;
    this.channel = channel;
    this.deadline = deadline;
  }

  get syscall(): string {
    return this.isSender ? "chsend" : "chrecv";
  }

  protected begin(): Step<unknown> {
    this.checkCanceled();
    const deadline = readDeadline(this.deadline, this.syscall);
    const half = halfOf(this.channel, this.syscall);
    const { isSender } = this;
    const mailbox = isSender ? half.peer.mailbox : half.mailbox;
    if (mailbox.isEnd(isSender)) throw this.errorOf("EPIPE");
    const other = mailbox.take(!isSender);
    if (other !== null) {
      if (isSender) other.value = this.value;
      else this.value = other.value;
      other.fire();
      return this.resume();
    }
    if (isPast(deadline)) throw this.errorOf("ETIMEDOUT");
    const task = this.waiter();
    this.mailbox = mailbox;
    mailbox.add(this);
    return this.suspend(task, deadline);
  }

  protected resume(): Step<unknown> {
    return this.isSender ? finished : this.complete(this.value);
  }

  protected copy(): Rendezvous {
    return new Rendezvous(this.isSender, this.channel, this.value, this.deadline);
  }

  /** It has met the other party. */
  fire(): void {
    if (this.task !== null) wake(this.task);
  }

  /** It never will: it is out of the mailbox, and there is nothing to undo. */
  fail(why: Interruption): void {
    this.mailbox = null;
    if (this.task !== null) interrupt(this.task, why);
  }

  undo(): void {
    this.mailbox?.remove(this);
  }

  override giveBack(): void {
    if (!this.isSender && this.interruption === null) this.mailbox?.giveBack(this.value);
  }

  waitsFor(): WaitsFor {
    return { what: this.syscall, handle: Number(this.channel) };
  }
}
