import type { Interruption } from "./coroutine.js";
import { BlockOperation, checkBlock } from "./block.js";
import { isPast, readDeadline } from "./deadline.js";
import type { Coroutine, Operation } from "./operation.js";
import type { Step } from "./wait.js";

/**
 * Runs a block under one deadline.
 *
 * When the deadline comes first, the operation that the block waits in throws `ECANCELED`, none after it
 * can wait, and once the block has ended so, `withDeadline` throws `ETIMEDOUT`. A block that ends with a
 * value after all has its value returned: nothing is lost. Errors of its own are thrown as they are.
 *
 * @param deadline - Point on the clock of {@link now}, in milliseconds; `-1` never, `0` lets nothing wait.
 * @param block - The generator function to run.
 * @returns What the block returned.
 * @throws {@link DillError}
 * - `ECANCELED`: the coroutine is being canceled.
 * - `EINVAL`: the deadline is none, or the block is no generator function.
 * - `ETIMEDOUT`: the deadline came first.
 *
 * Besides, whatever the block throws.
 * @remarks Cancellation: the block is canceled with the coroutine, and has ended before the error arrives.
 * Source: trio's fail_at, https://trio.readthedocs.io/en/stable/reference-core.html#trio.fail_at
 */
export function withDeadline<T>(deadline: number, block: () => Coroutine<T>): Operation<T> {
  return new DeadlineBlock(deadline, block);
}

class DeadlineBlock<T> extends BlockOperation<T> {
  readonly syscall = "withDeadline";
  readonly #deadline: number;
  readonly #block: () => Coroutine<T>;

  constructor(deadline: number, block: () => Coroutine<T>) {
    super();
    this.#deadline = deadline;
    this.#block = block;
  }

  protected begin(): Step<T> {
    this.checkCanceled();
    const deadline = readDeadline(this.#deadline, this.syscall);
    checkBlock(this.#block, this.syscall);
    this.startBody(() => this.#block());
    if (this.isBodyDone()) return this.#finish("ECANCELED");
    if (isPast(deadline)) {
      this.undo();
      return this.#finish("ETIMEDOUT");
    }
    return this.suspend(this.waiter(), deadline);
  }

  protected resume(): Step<T> {
    return this.#finish("ECANCELED");
  }

  protected override interrupted(why: Interruption): Step<T> {
    return this.#finish(why);
  }

  /** By now the body has ended; `why` is the error if it ended by cancellation. */
  #finish(why: Interruption): Step<T> {
    this.forgetBody();
    const outcome = this.outcome();
    if (outcome.kind === "value") return this.complete(outcome.value);
    throw outcome.kind === "error" ? outcome.error : this.errorOf(why);
  }

  protected copy(): DeadlineBlock<T> {
    return new DeadlineBlock(this.#deadline, this.#block);
  }

  undo(): void {
    this.cancelBody();
  }
}
