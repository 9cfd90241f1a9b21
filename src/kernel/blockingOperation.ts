// The only suspension point: every blocking operation is one of these.
//
// This is the one class in the house that others extend: the protocol must be the same everywhere, and
// a call through a function field would cost what the shared method saves.
import { current } from "../handles/index.js";
import type { Interruption, Source, WaitSource } from "./event.js";
import { noteSuspended, suspended } from "./guest.js";
import { OperationIterator, type Step } from "./operationIterator.js";
import { interrupt, park, waitForOutside, wake } from "./park.js";
import { enqueue } from "./readyQueue.js";
import { cancellationError } from "./refusals.js";
import { currentTask } from "./step.js";
import { final, none, type Task } from "./task.js";

export { failed, finished, type Step } from "./operationIterator.js";

export abstract class BlockingOperation<T> extends OperationIterator<T> {
  /** Throws if the coroutine is being canceled, or must not wait. */
  protected checkCanceled(): void {
    const caller = current.task as Task | null;
    if (current.closing > 0) throw cancellationError(caller, this.syscall, this.address());
    if (caller !== null && caller.cancellation !== none) this.checkTold(caller);
  }

  private checkTold(caller: Task): void {
    if (caller.cancellation !== final && !caller.takeOwed()) return;
    throw cancellationError(caller, this.syscall, this.address());
  }

  /** The task that is about to wait. Only after checkCanceled, and before anything is registered. */
  protected waiter(): Task {
    // In an Effection program the guest that has waited for its turn.
    const task = (this.task ?? currentTask()) as Task;
    this.task = task;
    return task;
  }

  /**
   * The one place where a coroutine is put to sleep, until wake() or interrupt(). Infinity: no deadline. `source`: who
   * ends the wait.
   *
   * The user's code, called by the operation, may have canceled the coroutine since checkCanceled: then nobody would
   * ever wake it.
   */
  protected suspend(task: Task, deadline: number, source: WaitSource = "inside"): Step<T> {
    if (task.cancellation !== none) this.checkToldMeanwhile(task);
    if (task.generator === null) noteSuspended(this, task);
    if (source !== "inside") waitForOutside(task, source);
    park(task, this, deadline);
    return suspended;
  }

  /** As {@link suspend}, where to register may have called the user's code: what it waits for may have come by now. */
  protected suspendUnlessCome(task: Task, deadline: number, source: Source): Step<T> {
    const { interruption } = this;
    if (interruption === null) return this.suspend(task, deadline, source);
    this.interruption = null;
    if (interruption === "come") return this.resume();
    throw this.errorOf(interruption as Interruption);
  }

  /** What it waits for has come. */
  protected come(): void {
    if (this.task?.operation === this) wake(this.task);
    else this.interruption = "come";
  }

  /** It ends in another way, and takes back what it has registered. */
  protected endWait(why: Interruption): void {
    if (this.task?.operation === this) {
      interrupt(this.task, why);
      return;
    }
    this.interruption = why;
    this.undo();
  }

  /** Whether the ECANCELED that its caller owes comes from this operation. */
  protected get takesOwed(): boolean {
    return true;
  }

  private checkToldMeanwhile(task: Task): void {
    if (task.cancellation !== final && !(this.takesOwed && task.takeOwed())) return;
    this.interruption = "ECANCELED";
    this.undo();
    throw this.errorOf("ECANCELED");
  }

  /** Waits for nothing but its turn. */
  protected takeTurn(task: Task): Step<T> {
    noteSuspended(this, task);
    enqueue(task);
    return suspended;
  }
}
