// Waiting for one event: the protocol of every blocking operation but the hottest.
import { BlockingOperation, type Step } from "./blockingOperation.js";
import { isPast, readDeadline } from "./deadline.js";
import { type Event, type Interruption, isFromInside, type Waiter } from "./event.js";

export abstract class Wait<T> extends BlockingOperation<T> implements Waiter {
  before: Waiter | null = null;
  after: Waiter | null = null;
  protected event: Event<T> | null = null;
  protected readonly deadline: number;

  constructor(deadline: number) {
    super();
    this.deadline = deadline;
  }

  /** What it waits for. May call the user's code: nothing is registered yet. */
  protected abstract findEvent(): Event<T>;

  protected begin(): Step<T> {
    this.checkCanceled();
    const deadline = readDeadline(this.deadline, this.syscall);
    const event = this.findEvent();
    this.event = event;
    if (event.isReady()) return this.resume();
    if (!this.mayWait(deadline)) return this.failWith("ETIMEDOUT");
    const task = this.waiter();
    event.add(this);
    return this.suspendUnlessCome(task, deadline, event.source);
  }

  /** What the outside brings gets a last look at the outside under any deadline: see scheduler.ts. */
  protected mayWait(deadline: number): boolean {
    const isInside = this.event === null || isFromInside(this.event.source);
    return !isInside || !isPast(deadline);
  }

  protected resume(): Step<T> {
    return this.complete((this.event as Event<T>).take());
  }

  fire(): void {
    this.come();
  }

  fail(why: Interruption): void {
    this.event = null; // which has forgotten this waiter: there is nothing to undo
    this.endWait(why);
  }

  undo(): void {
    this.event?.remove(this);
  }

  override giveBack(): void {
    this.event?.giveBack?.();
  }
}
