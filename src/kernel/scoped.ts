// What scope, withDeadline and bundleClose share: an operation that waits for coroutines which end with it.
//
// Its wait is never interrupted. Whoever wants its end cancels what runs inside, and when the last coroutine has
// ended, the operation wakes its caller with what came of it.
import { isErrno } from "../errors/index.js";
import { BlockingOperation, type Step } from "./blockingOperation.js";
import { wake } from "./park.js";
import { final, type Task } from "./task.js";

export abstract class ScopedOperation<T> extends BlockingOperation<T> {
  /** Its caller was told while it waited here. */
  protected wasTold = false;
  /** Its caller was canceled without grace while it waited here. */
  protected wasCanceled = false;
  protected hasTimedOut = false;
  private isConcluded = false;

  /** Whether everything inside has ended. */
  protected abstract isOver(): boolean;
  /** Everything inside has ended: the result. Called once. */
  protected abstract finish(): Step<T>;
  /** Cancels everything inside, without grace. */
  protected abstract cancelMembers(): void;
  /** Tells everything inside that a grace has begun. */
  protected abstract tellMembers(): void;

  override get isScope(): boolean {
    return true;
  }

  /** Only after waiter(). Sleeps until everything inside has ended, and hands over the result. */
  protected waitForEnd(deadline: number): Step<T> {
    if (this.isOver()) return this.conclude();
    // What runs inside may have canceled the very coroutine that runs the operation.
    if (this.task?.cancellation === final) this.cancelInside();
    if (this.isOver()) return this.conclude();
    return this.suspend(this.task as Task, deadline, "coroutines");
  }

  /** Something inside has ended: wakes the caller, if it sleeps here and all has. */
  protected somethingEnded(): void {
    const { task } = this;
    if (task !== null && task.operation === this && this.isOver()) wake(task);
  }

  override cancelInside(): void {
    if (!this.hasTimedOut) this.wasCanceled = true;
    this.cancelMembers();
  }

  override tellInside(): void {
    this.wasTold = true;
    this.tellMembers();
  }

  override timeOutInside(): void {
    this.hasTimedOut = true;
    this.cancelMembers();
  }

  protected resume(): Step<T> {
    return this.conclude();
  }

  /** What a scope throws counts as the ECANCELED that its caller is owed. */
  private conclude(): Step<T> {
    this.isConcluded = true;
    if (!this.wasTold) return this.finish();
    try {
      return this.finish();
    } catch (error) {
      (this.task as Task).takeOwed();
      throw error;
    }
  }

  /** The wait itself was a mistake: it was taken apart, say. */
  undo(): void {
    this.cancelInside();
    if (this.isOver()) this.concludeHalt();
  }

  /**
   * Effection halts the caller: by now everything inside has been canceled, and has ended. Its errors, and what it
   * made for itself, must not stay behind.
   */
  override return(value: T): Step<T> {
    if (this.task?.generator === null && !this.isConcluded && this.wasCanceled) this.concludeHalt();
    return super.return(value);
  }

  private concludeHalt(): void {
    try {
      this.conclude();
    } catch (error) {
      if (!isErrno(error, "ECANCELED")) throw error;
    }
  }

  /** The same where everything had ended by itself, and the caller was about to hear of it. */
  override giveBack(): void {
    this.conclude();
  }
}
