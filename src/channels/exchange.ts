// chsend and chrecv: one party in one mailbox, whose coroutine waits for the other party.
//
// Both are one class, so that the code which runs for every message sees objects of one shape.
import { BlockingOperation, isPast, readDeadline, type Step, wake } from "../runtime/index.js";
import { type Channel, halfOf, type Mailbox, type Party } from "./channel.js";

export class Exchange<T> extends BlockingOperation<T> implements Party {
  before: Party | null = null;
  after: Party | null = null;
  readonly isSender: boolean;
  message: unknown;
  private readonly channel: Channel<never, unknown>;
  private readonly deadline: number;
  private mailbox: Mailbox | null = null;

  constructor(
    isSender: boolean,
    channel: Channel<never, unknown>,
    message: unknown,
    deadline: number,
  ) {
    super(isSender ? "chsend" : "chrecv");
    this.isSender = isSender;
    this.channel = channel;
    this.message = message;
    this.deadline = deadline;
  }

  protected begin(): Step<T> {
    this.checkCanceled();
    const deadline = readDeadline(this.deadline, this.syscall);
    const half = halfOf(this.channel, this.syscall);
    const { isSender } = this;
    const mailbox = isSender ? half.peer.mailbox : half.mailbox;
    if (mailbox.isDone) throw this.errorOf("EPIPE");
    const other = mailbox.take(!isSender);
    if (other !== null) {
      if (isSender) other.message = this.message;
      else this.message = other.message;
      other.met(false);
      return this.complete(this.result());
    }
    if (isPast(deadline)) throw this.errorOf("ETIMEDOUT");
    const task = this.waiter();
    this.mailbox = mailbox;
    mailbox.add(this);
    return this.suspend(task, deadline);
  }

  protected resume(): Step<T> {
    return this.complete(this.result());
  }

  private result(): T {
    return (this.isSender ? undefined : this.message) as T;
  }

  protected copy(): Exchange<T> {
    return new Exchange<T>(this.isSender, this.channel, this.message, this.deadline);
  }

  met(isBroken: boolean): void {
    if (isBroken) this.interruption = "EPIPE";
    if (this.task !== null) wake(this.task);
  }

  undo(): void {
    this.mailbox?.remove(this);
  }

  describe(): string {
    return `${this.syscall}(${this.channel})`;
  }
}
