// chsend and chrecv: one party in one mailbox, whose coroutine waits for the other party.
//
// Both are one class, so that the code which runs for every message sees objects of one shape.
import {
  BlockingOperation,
  finished,
  isPast,
  readDeadline,
  type Step,
  wake,
} from "../runtime/index.js";
import { type Channel, halfOf, type Mailbox, type Party } from "./channel.js";

export class Exchange extends BlockingOperation<unknown> implements Party {
  before: Party | null = null;
  after: Party | null = null;
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
      other.met(false);
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

  protected copy(): Exchange {
    return new Exchange(this.isSender, this.channel, this.value, this.deadline);
  }

  met(isBroken: boolean): void {
    if (isBroken) this.interruption = "EPIPE";
    if (this.task !== null) wake(this.task);
  }

  undo(): void {
    this.mailbox?.remove(this);
  }

  override giveBack(): void {
    if (!this.isSender && this.interruption === null) this.mailbox?.giveBack(this.value);
  }

  describe(): string {
    return `${this.syscall}(${this.channel})`;
  }
}
