import { dillError } from "../errors/index.js";
import {
  BlockingOperation,
  type Interruption,
  type Operation,
  readDeadline,
  type Settlement,
  settlementOf,
  type SettlementWatcher,
  type Step,
  wake,
} from "../runtime/index.js";

/**
 * Waits for a promise, or for what a function does that can be aborted.
 *
 * The function is called at the `yield*`, with a signal that is aborted when the wait is cut short: give it to
 * `fetch` and its like. What comes after that is dropped, and is never an unhandled rejection.
 *
 * @param source - The promise; or a function that is given an `AbortSignal` and returns a promise, or a value.
 * @param deadline - Point on the clock of {@link now}, in milliseconds; `-1` never, `0` only if it is settled. That
 * can't be seen: a promise has until the running code and its microtasks have ended to say so.
 * @returns What the promise was fulfilled with. What it was rejected with is thrown as it is.
 * @throws {@link DillError}
 * - `ECANCELED`: the coroutine is being canceled.
 * - `EINVAL`: the deadline is none, or it was given neither a promise nor a function.
 * - `ETIMEDOUT`: the deadline came first.
 * @remarks Cancellation: the signal is aborted before the error arrives, with that error as its reason. A promise
 * without a signal goes on, and nobody hears of its end.
 * @example A request, for at most a second
 * ```ts
 * const response = yield* until((signal) => fetch(url, { signal }), now() + 1000);
 * ```
 * Source: until of Effection, https://frontside.com/effection
 */
export function until<T>(
  source: PromiseLike<T> | ((signal: AbortSignal) => PromiseLike<T> | T),
  deadline: number,
): Operation<T> {
  return new Until(source, deadline);
}

class Until<T> extends BlockingOperation<T> implements SettlementWatcher {
  readonly syscall = "until";
  before: SettlementWatcher | null = null;
  after: SettlementWatcher | null = null;
  readonly #source: PromiseLike<T> | ((signal: AbortSignal) => PromiseLike<T> | T);
  readonly #deadline: number;
  #controller: AbortController | null = null;
  #settlement: Settlement | null = null;
  /** What it ends with when it is cut short. */
  #end: Error | null = null;

  constructor(
    source: PromiseLike<T> | ((signal: AbortSignal) => PromiseLike<T> | T),
    deadline: number,
  ) {
    super();
    this.#source = source;
    this.#deadline = deadline;
  }

  protected begin(): Step<T> {
    this.checkCanceled();
    const deadline = readDeadline(this.#deadline, this.syscall);
    const promise = this.#start();
    if (!isThenable(promise)) return this.complete(promise);
    this.#settlement = settlementOf(promise);
    if (this.#settlement.state !== "pending") return this.resume();
    // Also under a deadline that is past: by the time it is noticed, a settled promise has said so.
    const task = this.waiter();
    this.#settlement.add(this);
    return this.suspend(task, deadline);
  }

  #start(): PromiseLike<T> | T {
    const source: unknown = this.#source;
    if (typeof this.#source === "function") {
      this.#controller = new AbortController();
      return this.#source(this.#controller.signal);
    }
    if (isThenable(this.#source)) return this.#source;
    const message = `until takes a promise or a function that returns one, not ${String(source)}`;
    throw dillError("EINVAL", this.syscall, { message });
  }

  protected resume(): Step<T> {
    const { state, value } = this.#settlement as Settlement;
    if (state === "rejected") throw value;
    return this.complete(value as T);
  }

  protected override interrupted(_why: Interruption): never {
    throw this.#end as Error;
  }

  protected copy(): Until<T> {
    return new Until(this.#source, this.#deadline);
  }

  settled(): void {
    if (this.task !== null) wake(this.task);
  }

  undo(): void {
    this.#settlement?.remove(this);
    this.#end = this.errorOf(this.interruption ?? "ECANCELED");
    this.#controller?.abort(this.#end);
  }

  describe(): string {
    return "until";
  }
}

function isThenable<T>(value: PromiseLike<T> | T): value is PromiseLike<T> {
  if (typeof value !== "object" && typeof value !== "function") return false;
  return value !== null && "then" in value && typeof value.then === "function";
}
