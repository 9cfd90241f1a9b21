// Waiting for one event: the protocol of every blocking operation but the hottest.
import { BlockingOperation, type Step } from "./blockingOperation.js";
import { isPast, readDeadline } from "./deadline.js";
import type { Event, Interruption, Waiter } from "./event.js";
import { interrupt, wake } from "./park.js";

export abstract class Wait<T> extends BlockingOperation<T> implements Waiter {
  before: Waiter | null = null;
  after: Waiter | null = null;
  protected event: Event<T> | null = null;
  protected readonly deadline: number;
  private hasFired = false;

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
    if (!this.mayWait(deadline)) throw this.errorOf("ETIMEDOUT");
    const task = this.waiter();
    event.add(this);
    // The event may have come, or its handle been closed, by the user's code that registering has called.
    if (this.interruption !== null) throw this.errorOf(this.interruption as Interruption);
    if (this.hasFired) return this.resume();
    return this.suspend(task, deadline, event.isExternal);
  }

  /** What the outside brings gets a last look at the outside under any deadline: see scheduler.ts. */
  protected mayWait(deadline: number): boolean {
    return this.event?.isExternal === true || !isPast(deadline);
  }

  protected resume(): Step<T> {
    return this.complete((this.event as Event<T>).take());
  }

  fire(): void {
    if (this.task?.operation === this) wake(this.task);
    else this.hasFired = true;
  }

  fail(why: Interruption): void {
    if (this.task?.operation !== this) {
      this.interruption = why;
      return;
    }
    // The event has forgotten this waiter: there is nothing to undo.
    this.event = null;
    interrupt(this.task, why);
  }

  undo(): void {
    this.event?.remove(this);
  }

  override giveBack(): void {
    this.event?.giveBack?.();
  }
}
