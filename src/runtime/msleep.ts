import type { Owner } from "../handles/index.js";
import { host } from "../host/index.js";
import {
  BlockingOperation,
  finished,
  type Interruption,
  type Operation,
  readDeadline,
  type Step,
  stopWaitingForOutside,
  type Task,
  type WaitsFor,
} from "../kernel/index.js";

/**
 * Waits until a point in time.
 *
 * It takes a deadline, as everything does, and not a duration: `msleep(now() + 100)`. If that has come
 * already, the other coroutines and the process's timers and I/O get one turn. Under {@link main}, or
 * another run with a signal, a sleep without end waits for that signal, and keeps the process alive.
 *
 * @param deadline - Point on the clock of {@link now}, in milliseconds; `-1` sleeps until canceled.
 * @throws {@link DillError}
 * - `ECANCELED`: the coroutine is being canceled.
 * - `EINVAL`: the deadline is none.
 * @remarks Cancellation: nothing is left behind.
 * @see msleep(3), https://libdill.org/msleep.html
 */
export function msleep(deadline: number): Operation<void> {
  return new Sleep(deadline);
}

class Sleep extends BlockingOperation<void> {
  private readonly deadline: number;
  private letGo: (() => void) | null = null;

  constructor(deadline: number) {
    super();
    this.deadline = deadline;
  }

  get syscall(): string {
    return "msleep";
  }

  protected begin(): Step<void> {
    this.checkCanceled();
    const deadline = readDeadline(this.deadline, this.syscall);
    const task = this.waiter();
    const { owner } = task;
    const mayBeAborted = deadline === Infinity && owner?.isAbortable === true;
    if (mayBeAborted) this.awaitSignal(task, owner);
    return this.suspend(task, deadline, mayBeAborted ? "signal" : "inside");
  }

  /**
   * Whoever sleeps for ever where a signal may end the sleep waits for that signal: no deadlock, and the process has to be
   * there when the signal comes. After it has come, such a sleep is like any other.
   */
  private awaitSignal(task: Task, owner: Owner): void {
    const letGo = host.keepAlive();
    const leave = owner.awaitSignal(() => {
      letGo();
      stopWaitingForOutside(task);
    });
    this.letGo = () => {
      letGo();
      leave();
    };
  }

  protected resume(): Step<void> {
    return finished;
  }

  protected override interrupted(why: Interruption): Step<void> | null {
    if (why !== "ETIMEDOUT") return null;
    this.interruption = null; // no error, but what it has waited for
    return finished;
  }

  protected copy(): Sleep {
    return new Sleep(this.deadline);
  }

  undo(): void {
    this.letGo?.();
  }

  override waitsFor(): WaitsFor {
    return { what: this.deadline === -1 ? "msleep(-1)" : "msleep" };
  }
}
