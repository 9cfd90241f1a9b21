// Operations that are made of others: one that a generator runs, and one that another object's operation carries out.
// Both go through the same door as all others: turns, refusals, and what was taken apart.
import { BlockingOperation, type Step } from "./blockingOperation.js";
import type { Effect, Operation, Steps } from "./operation.js";

type Inner = Iterator<Effect<unknown>, unknown, unknown>;

/** Hands everything to an inner operation, and makes its own result of what that comes to. */
export abstract class Delegation<T, U> extends BlockingOperation<T> {
  private inner: Inner | null = null;

  /** Checks what the caller has given, and says which operation does the work. */
  protected abstract delegate(): Iterable<Effect<unknown>> | Operation<U>;
  protected abstract result(value: U): T;

  override next(sent?: unknown): Step<T> {
    // Called with as many arguments as it was itself: see BlockingOperation.next.
    if (this.inner === null) return arguments.length === 0 ? super.next() : super.next(sent);
    return this.passOn(this.inner.next(sent));
  }

  protected begin(): Step<T> {
    const inner = this.delegate()[Symbol.iterator]() as Inner;
    // A generator may do much before it first waits: its operations give way as in any other.
    const isOne = inner instanceof BlockingOperation;
    const step = isOne ? inner.beginInside() : inner.next(undefined);
    if (step.done !== true) this.inner = inner;
    return this.passOn(step);
  }

  private passOn(step: IteratorResult<Effect<unknown>, unknown>): Step<T> {
    if (step.done !== true) return step;
    this.inner = null;
    return this.complete(this.result(step.value as U));
  }

  override throw(error: unknown): Step<T> {
    if (this.inner?.throw === undefined) return super.throw(error);
    return this.passOn(this.inner.throw(error));
  }

  override return(value: T): Step<T> {
    if (this.inner?.return === undefined) return super.return(value);
    const step = this.inner.return(value);
    return step.done === true ? super.return(value) : step;
  }

  /** It never sleeps itself: the inner operation does. */
  protected resume(): Step<T> {
    return this.complete(this.value as T);
  }

  undo(): void {}
}

class GeneratorOperation<T> extends Delegation<T, T> {
  readonly syscall: string;
  private readonly start: () => Steps<T>;

  constructor(syscall: string, start: () => Steps<T>) {
    super();
    this.syscall = syscall;
    this.start = start;
  }

  protected delegate(): Steps<T> {
    return this.start();
  }

  protected result(value: T): T {
    return value;
  }

  protected copy(): GeneratorOperation<T> {
    return new GeneratorOperation(this.syscall, this.start);
  }
}

/**
 * An operation written as a generator: `start` makes a new one each time somebody runs it. Don't let the generator
 * function itself be made for each call, because V8 makes a hidden class for each of its kind (bench: roundtrip).
 */
export function operation<T>(syscall: string, start: () => Steps<T>): Operation<T> {
  return new GeneratorOperation(syscall, start);
}
