import {
  Body,
  checkBlock,
  type Coroutine,
  isPast,
  type Operation,
  readDeadline,
  ScopedOperation,
  type Step,
  type Task,
} from "../kernel/index.js";

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
  return new DeadlineScope(deadline, block);
}

class DeadlineScope<T> extends ScopedOperation<T> {
  readonly syscall = "withDeadline";
  private readonly deadline: number;
  private readonly block: () => Coroutine<T>;
  private body: Body | null = null;

  constructor(deadline: number, block: () => Coroutine<T>) {
    super();
    this.deadline = deadline;
    this.block = block;
  }

  protected begin(): Step<T> {
    this.checkCanceled();
    const deadline = readDeadline(this.deadline, this.syscall);
    checkBlock(this.block, this.syscall);
    const { body, begin } = Body.of(this.block, this.syscall, this.waiter(), () =>
      this.somethingEnded(),
    );
    this.body = body;
    begin();
    if (!this.isOver() && isPast(deadline)) this.timeOutInside();
    return this.waitForEnd(deadline);
  }

  protected isOver(): boolean {
    return this.body?.isDone === true;
  }

  protected finish(): Step<T> {
    this.body?.unlink();
    const task = this.body?.task as Task;
    if (task.ending === "value") return this.complete(task.value as T);
    if (task.ending === "error") throw task.value;
    const isOwn = this.hasTimedOut && !this.wasCanceled && !this.wasTold;
    throw this.errorOf(isOwn ? "ETIMEDOUT" : "ECANCELED");
  }

  protected cancelMembers(): void {
    this.body?.cancelAll();
    this.somethingEnded();
  }

  protected tellMembers(): void {
    this.body?.tellAll();
  }

  protected copy(): DeadlineScope<T> {
    return new DeadlineScope(this.deadline, this.block);
  }
}
