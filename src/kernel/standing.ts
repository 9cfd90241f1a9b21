// Whether a coroutine still stands in the wait that somebody has seen it begin. Nobody tells an operation that its
// caller has left it in the middle: the innermost one is taken back, and what is around it is never resumed.
import { isGuestOperation } from "./guest.js";
import { currentTask } from "./step.js";
import { blocked, done, type Parked, ready, type Task } from "./task.js";

export class Standing {
  /** Null in an Effection program, which ends whatever it has begun. */
  private readonly caller: Task | null = currentTask();
  /** Null where the coroutine waits for nothing but its turn. */
  private readonly wait: Parked | null = this.caller?.operation ?? null;

  /** Asked while the coroutine's code is outside of the operation in question. */
  isOver(): boolean {
    const { caller, wait } = this;
    // A guest may have taken the wait over: see handOver.
    const task = isGuestOperation(wait) ? wait.guestTask() : caller;
    if (task === null) return false;
    if (task.state === blocked) return task.operation !== wait;
    if (task.state === ready) return wait?.interruption === "taken apart";
    return task.state !== done || task.ending !== null;
  }
}
