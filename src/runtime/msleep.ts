import { host } from "../host/index.js";
import { readDeadline } from "./deadline.js";
import type { Interruption } from "./coroutine.js";
import type { Operation } from "./operation.js";
import { BlockingOperation, finished, type Step } from "./wait.js";

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

const nothing = (): void => {};

class Sleep extends BlockingOperation<void> {
  readonly syscall = "msleep";
  readonly #deadline: number;
  #letGo = nothing;

  constructor(deadline: number) {
    super();
    this.#deadline = deadline;
  }

  protected begin(): Step<void> {
    this.checkCanceled();
    const deadline = readDeadline(this.#deadline, this.syscall);
    const task = this.waiter();
    // Whoever sleeps for ever where a signal may end it waits for that signal: no deadlock, and the
    // process has to be there when it comes.
    if (deadline === Infinity && task.owner?.isAbortable === true) {
      this.#letGo = host.keepAlive();
      return this.suspendExternal(task, deadline);
    }
    return this.suspend(task, deadline);
  }

  protected resume(): Step<void> {
    return finished;
  }

  protected override interrupted(why: Interruption): Step<void> | null {
    return why === "ETIMEDOUT" ? finished : null;
  }

  protected copy(): Sleep {
    return new Sleep(this.#deadline);
  }

  undo(): void {
    this.#letGo();
  }

  describe(): string {
    return this.#deadline === -1 ? "msleep(-1)" : "msleep";
  }
}
