import {
  global,
  type Operation as EffectionOperation,
  scoped,
  type Task as EffectionTask,
} from "effection";
import { dillError, textOf } from "../../errors/index.js";
import {
  countForeign,
  asOutsider,
  BlockingOperation,
  GuestGroup,
  type Operation,
  readDeadline,
  type Step,
  type Task,
  wake,
} from "../../kernel/index.js";
import { guests, scopeOf } from "./scopes.js";

/**
 * Runs an operation of Effection's in a coroutine of ours, in an Effection scope of its own.
 *
 * What it spawns ends with it. In an Effection program, and in a coroutine that {@link toEffection} started in one, it sees
 * the contexts of the Effection scope around.
 *
 * @param operation - The operation, or a function that returns it: a generator function, say.
 * @param deadline - Point on the clock of {@link now}, in milliseconds; `-1` never. `0` or past: only if it ends at once,
 * which one of ours in it does not: it takes a turn first.
 * @returns The operation's value. Its error is thrown as it is.
 * @throws {@link DillError}
 * - `ECANCELED`: the coroutine is being canceled.
 * - `EINVAL`: the deadline is none, or it was given no operation.
 * - `ETIMEDOUT`: the deadline came first.
 * @remarks Cancellation: the operation is halted at once, and the error is thrown without waiting for what its
 * `finally` blocks still do. The run does, or the Effection scope around: it does not end before they have, and fails with
 * what they throw.
 * @example
 * ```ts
 * const answer = yield* fromEffection(() => race([ask(first), ask(second)]), now() + 1000);
 * ```
 * Source: Scope.run of Effection, https://frontside.com/effection
 */
export function fromEffection<T>(
  operation: EffectionOperation<T> | (() => EffectionOperation<T>),
  deadline = -1,
): Operation<T> {
  return new FromEffection(operation, deadline);
}

type Outcome<T> =
  | { readonly isValue: true; readonly value: T }
  | { readonly isValue: false; readonly error: unknown };

class FromEffection<T> extends BlockingOperation<T> {
  readonly syscall = "from_effection";
  readonly #operation: EffectionOperation<T> | (() => EffectionOperation<T>);
  readonly #deadline: number;
  #outcome: Outcome<T> | null = null;
  #running: EffectionTask<void> | null = null;
  #guests: GuestGroup | null = null;
  #isWaiting = false;

  constructor(operation: EffectionOperation<T> | (() => EffectionOperation<T>), deadline: number) {
    super();
    this.#operation = operation;
    this.#deadline = deadline;
  }

  protected begin(): Step<T> {
    this.checkCanceled();
    const deadline = readDeadline(this.#deadline, this.syscall);
    const call = this.#callable();
    const task = this.waiter();
    this.#guests = new GuestGroup(task);
    this.#running = asOutsider(() => (scopeOf(task) ?? global).run(() => this.#watch(call)));
    if (this.#outcome !== null) return this.resume();
    this.#isWaiting = true;
    countForeign(1);
    return this.suspend(task, deadline);
  }

  #callable(): () => EffectionOperation<T> {
    const operation: unknown = this.#operation;
    if (typeof this.#operation === "function") return this.#operation;
    if (isOperation(this.#operation)) {
      const given = this.#operation;
      return () => given;
    }
    const message = `fromEffection takes an operation or a function that returns one, not ${textOf(operation)}`;
    throw dillError("EINVAL", this.syscall, message);
  }

  /** Its errors are the coroutine's, and not those of the scope around. */
  *#watch(call: () => EffectionOperation<T>): Generator<never, void> {
    yield* guests.set(this.#guests as GuestGroup) as Iterable<never, unknown>;
    try {
      this.#settle({ isValue: true, value: yield* scoped(call) as Iterable<never, T> });
    } catch (error) {
      if (this.interruption !== null) throw error; // its teardown failed: that is the run's to tell
      this.#settle({ isValue: false, error });
    }
  }

  #settle(outcome: Outcome<T>): void {
    this.#outcome = outcome;
    this.#waitsNoMore();
    // Not if it is on its way: halted, it may yet come to an end of its own in a finally block.
    if (this.task !== null && this.task.operation === this) wake(this.task);
  }

  protected resume(): Step<T> {
    const outcome = this.#outcome as Outcome<T>;
    if (!outcome.isValue) throw outcome.error;
    return this.complete(outcome.value);
  }

  protected copy(): FromEffection<T> {
    return new FromEffection(this.#operation, this.#deadline);
  }

  override becomeGuest(guest: Task): void {
    super.becomeGuest(guest);
    if (this.#guests !== null) this.#guests.parent = guest;
  }

  #waitsNoMore(): void {
    if (this.#guests !== null) this.#guests.parent = null;
    if (!this.#isWaiting) return;
    this.#isWaiting = false;
    countForeign(-1);
  }

  undo(): void {
    this.#waitsNoMore();
    const running = this.#running as EffectionTask<void>;
    const task = this.task as Task;
    const { owner } = task;
    const scope = owner === null ? scopeOf(task) : null;
    asOutsider(() => {
      // It does not end before the halt has, and fails with what is thrown.
      if (scope !== null) scope.run(() => running.halt());
      else {
        // A halt does nothing before somebody waits for it.
        const halted = new Promise<void>((resolve, reject) => {
          void running.halt().then(resolve, reject);
        });
        owner?.awaitWork(halted);
      }
    });
  }
}

function isOperation(value: unknown): boolean {
  return typeof value === "object" && value !== null && Symbol.iterator in value;
}
