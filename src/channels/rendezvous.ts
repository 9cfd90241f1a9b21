// chsend and chrecv: one party in one mailbox, whose coroutine waits for the other party.
//
// Both are one class, so that the code which runs for every message sees objects of one shape.
import {
  BlockingOperation,
  currentTask,
  failed,
  finished,
  type Interruption,
  interrupt,
  isPast,
  isRunning,
  mayBegin,
  readDeadline,
  type Step,
  type Task,
  type Waiter,
  type WaitsFor,
  wake,
} from "../kernel/index.js";
import { type Channel, halfOf, channelPlace } from "./channel.js";
import type { Mailbox, Party } from "./mailbox.js";

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

  // The shared one once more: V8 keeps one feedback for code that all operations share (bench: chan).
  override next(_sent?: unknown): Step<unknown> {
    const { task } = this;
    const step =
      task !== null
        ? this.goOn(task)
        : arguments.length > 0 && mayBegin()
          ? this.exchange()
          : this.beginUnusually(arguments.length);
    for (let look = 0; look < 2; look++) if (step !== failed) return step;
    throw this.errorOf(this.interruption as Interruption);
  }

  protected override goOn(task: Task): Step<unknown> {
    const isUsual = this.interruption === null && isRunning(task);
    return isUsual ? this.resume() : super.goOn(task);
  }

  protected begin(): Step<unknown> {
    this.checkCanceled();
    return this.exchange();
  }

  private exchange(): Step<unknown> {
    const deadline = readDeadline(this.deadline, this.syscall);
    const half = halfOf(this.channel, this.syscall);
    const { isSender } = this;
    const mailbox = isSender ? half.peer : half;
    if (mailbox.isEnd(isSender)) return this.failWith("EPIPE");
    const other = mailbox.take(!isSender);
    if (other !== null) {
      if (isSender) other.value = this.value;
      else this.value = other.value;
      other.fire();
      return this.resume();
    }
    if (isPast(deadline)) return this.failWith("ETIMEDOUT");
    // Stored here, as the result is in resume(), and not by the shared waiter() and complete(): 4 % of a message (bench: chan).
    const task = currentTask() ?? this.waiter();
    this.task = task;
    this.mailbox = mailbox;
    mailbox.add(this);
    return this.suspend(task, deadline);
  }

  protected resume(): Step<unknown> {
    return this.isSender ? finished : (this as unknown as Step<unknown>);
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

  override waitsFor(): WaitsFor {
    const isOrphan = channelPlace(this.channel)?.isOrphan;
    return { what: this.syscall, handle: Number(this.channel), isOrphan };
  }
}
