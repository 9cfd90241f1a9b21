// What chsend and chrecv share: one party in one mailbox, whose coroutine waits for the other party.
import { BlockingOperation, isPast, readDeadline, type Step, wake } from "../runtime/index.js";
import { type Channel, halfOf, type Mailbox, type Party } from "./channel.js";

export abstract class Exchange<T> extends BlockingOperation<T> implements Party {
  readonly isExternal = false;
  before: Party | null = null;
  after: Party | null = null;
  message: unknown;
  abstract readonly isSender: boolean;
  protected readonly channel: Channel<never, unknown>;
  protected readonly deadline: number;
  #mailbox: Mailbox | null = null;
  #isBroken = false;

  constructor(channel: Channel<never, unknown>, message: unknown, deadline: number) {
    super();
    this.channel = channel;
    this.message = message;
    this.deadline = deadline;
  }

  protected begin(): Step<T> {
    this.checkCanceled();
    const deadline = readDeadline(this.deadline, this.syscall);
    const half = halfOf(this.channel, this.syscall);
    const mailbox = this.isSender ? half.peer.mailbox : half.mailbox;
    if (mailbox.isDone) throw this.errorOf("EPIPE");
    const other = mailbox.take(!this.isSender);
    if (other !== null) {
      if (this.isSender) other.message = this.message;
      else this.message = other.message;
      other.met(false);
      return this.resume();
    }
    if (isPast(deadline)) throw this.errorOf("ETIMEDOUT");
    const task = this.waiter();
    this.#mailbox = mailbox;
    mailbox.add(this);
    return this.suspend(task, deadline);
  }

  protected resume(): Step<T> {
    if (this.#isBroken) throw this.errorOf("EPIPE");
    return this.complete((this.isSender ? undefined : this.message) as T);
  }

  met(isBroken: boolean): void {
    this.#isBroken = isBroken;
    if (this.task !== null) wake(this.task);
  }

  undo(): void {
    this.#mailbox?.remove(this);
  }

  describe(): string {
    return `${this.syscall}(${this.channel})`;
  }
}
