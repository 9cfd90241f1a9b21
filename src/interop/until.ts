import { dillError, textOf } from "../errors/index.js";
import {
  type Event,
  handleRejection,
  type Interruption,
  type Operation,
  PromiseEvent,
  type Step,
  Wait,
} from "../kernel/index.js";

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

class Until<T> extends Wait<T> {
  readonly syscall = "until";
  private readonly source: PromiseLike<T> | ((signal: AbortSignal) => PromiseLike<T> | T);
  private controller: AbortController | null = null;
  /** What it ends with when it is cut short. */
  private end: Error | null = null;

  constructor(
    source: PromiseLike<T> | ((signal: AbortSignal) => PromiseLike<T> | T),
    deadline: number,
  ) {
    super(deadline);
    this.source = source;
  }

  protected override handleRejections(): void {
    handleRejection(this.source);
  }

  protected override begin(): Step<T> {
    this.handleRejections();
    return super.begin();
  }

  protected findEvent(): Event<T> {
    const { source } = this;
    if (typeof source === "function") {
      this.controller = new AbortController();
      const result = source(this.controller.signal);
      return isThenable(result) ? new PromiseEvent(result) : new Known(result);
    }
    if (isThenable(source)) return new PromiseEvent(source);
    const message = `until takes a promise or a function that returns one, not ${textOf(source)}`;
    throw dillError("EINVAL", this.syscall, message);
  }

  /** Also under a deadline that is past: by the time that is noticed, a settled promise has said so. */
  protected override mayWait(): boolean {
    return true;
  }

  protected override interrupted(_why: Interruption): never {
    throw this.end as Error;
  }

  protected copy(): Until<T> {
    return new Until(this.source, this.deadline);
  }

  override undo(): void {
    super.undo();
    this.end = this.errorOf((this.interruption ?? "ECANCELED") as Interruption);
    this.controller?.abort(this.end);
  }
}

/** The function has returned no promise, but the value itself. */
class Known<T> implements Event<T> {
  readonly source = "inside";
  private readonly value: T;

  constructor(value: T) {
    this.value = value;
  }

  isReady(): boolean {
    return true;
  }

  add(): void {}

  remove(): void {}

  take(): T {
    return this.value;
  }
}

function isThenable<T>(value: PromiseLike<T> | T): value is PromiseLike<T> {
  if (typeof value !== "object" && typeof value !== "function") return false;
  return value !== null && "then" in value && typeof value.then === "function";
}
