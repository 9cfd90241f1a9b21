import { BlockingOperation, finished, type Operation, type Step } from "../kernel/index.js";

/**
 * Lets the other coroutines run: the caller goes to the tail of the ready queue.
 *
 * In a coroutine of this library a bare `yield;` does the same, and is faster.
 *
 * @throws {@link DillError}
 * - `ECANCELED`: the coroutine is being canceled.
 * @remarks Cancellation: nothing is left behind.
 * @see yield(3), https://libdill.org/yield.html
 */
export function yieldNow(): Operation<void> {
  return new YieldNow();
}

class YieldNow extends BlockingOperation<void> {
  readonly syscall = "yield";

  protected begin(): Step<void> {
    this.checkCanceled();
    const task = this.waiter();
    return this.takeTurn(task);
  }

  protected resume(): Step<void> {
    return finished;
  }

  protected copy(): YieldNow {
    return new YieldNow();
  }

  undo(): void {}
}
