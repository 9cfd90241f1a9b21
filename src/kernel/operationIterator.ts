// How an operation is run: by `yield*` in a coroutine of ours, by Effection, or by mistake.
//
// An operation is one small object that is its own iterator and its own last result. Its first next()
// tries at once, and either completes or registers itself wherever its event will come from and parks
// the coroutine; the second next() says what woke it. No promise, no closure and, but for the
// operation itself, nothing allocated: V8 hands the inner iterator's result through yield* unchanged.
import { type DillError, dillError, signalError } from "../errors/index.js";
import { current } from "../handles/index.js";
import type { Interruption } from "./event.js";
import {
  abandon,
  type GuestOperation,
  newGuestInLine,
  noteSuspended,
  suspended,
  unbegun,
} from "./guest.js";
import { notInCoroutine, resumedByStranger, takenApart } from "./misuse.js";
import type { Effect, Operation } from "./operation.js";
import { rouse } from "./park.js";
import { refuseStranger } from "./probe.js";
import { enqueue } from "./readyQueue.js";
import { cancellationError, countOperation, mustEnd } from "./refusals.js";
import { isRunning, mayBegin } from "./step.js";
import { done, final, Guest, running, type Task, type WaitsFor } from "./task.js";
import { countUnit, isTurnOver } from "./turn.js";

export type Step<T> = IteratorResult<Effect<unknown>, T>;

/** How an operation ends other than by its event. */
type Early = Interruption | "come" | "completed" | "failed" | "taken apart";

/** What an operation without a result comes to. */
export const finished: Step<undefined> = (function* (): Generator<never, undefined> {})().next();

/** What an operation comes to that fails with the interruption which it has noted: `next` throws that. */
export const failed = { done: false } as Step<never>;

/** Errors of operations whose coroutine gives way before it hears of them. */
export const keptErrors: WeakMap<object, unknown> = new WeakMap();

export abstract class OperationIterator<T> implements Operation<T>, GuestOperation {
  /** How it ends without its event; or that it has ended already, and its coroutine has given way since. */
  interruption: Early | null = null;
  /** Nobody reads `done` before completion, so until then it marks "already started". */
  done = false;
  value: T | undefined = undefined;
  protected task: Task | null = null;

  /** For errors: the function's libdill name. */
  abstract readonly syscall: string;

  /** Tries at once: ends with complete(), suspend() or failWith(), or throws. */
  protected abstract begin(): Step<T>;
  /** Woken with a result: ends with complete(), or with suspend() once more, or throws. */
  protected abstract resume(): Step<T>;
  /** The same operation, not started. */
  protected abstract copy(): OperationIterator<T>;
  abstract undo(): void;

  waitsFor(): WaitsFor {
    return { what: this.syscall, address: this.address() };
  }

  outcome(): string | WaitsFor | undefined {
    const { interruption } = this;
    return interruption !== null && interruption.startsWith("E") ? interruption : undefined;
  }

  get isScope(): boolean {
    return false;
  }

  cancelInside(): void {}

  tellInside(): void {}

  timeOutInside(): void {}

  /** The result has come, and Effection has halted its task before it could take it. Throws what the task has to fail with. */
  giveBack(): void {}

  /** To wait for a promise is to handle its rejection, also if the operation is refused. */
  protected handleRejections(): void {}

  [Symbol.iterator](): Iterator<Effect<unknown>, T, unknown> {
    if (this.done) return this.copy()[Symbol.iterator]();
    this.done = true;
    return this;
  }

  // `yield*` hands over what it was resumed with, if only undefined. A list pattern, a spread or a for loop hands
  // over nothing: so the number of arguments tells an operation that is run from one that is taken apart.
  //
  // Errors are thrown here, because each frame that an error crosses costs as much as a message (bench: done). V8 up to
  // Node 20 compiles what returns or loops often, and this function may throw every time: hence the loop.
  next(_sent?: unknown): Step<T> {
    const { task } = this;
    const step =
      task !== null
        ? this.goOn(task)
        : arguments.length > 0 && mayBegin()
          ? this.begin()
          : this.beginUnusually(arguments.length);
    for (let look = 0; look < 2; look++) if (step !== failed) return step;
    throw this.errorOf(this.interruption as Interruption);
  }

  protected goOn(task: Task): Step<T> {
    if (!isRunning(task)) return this.resumeUnusually(task);
    return this.interruption === null ? this.resume() : this.endEarly(this.interruption);
  }

  /** Begins inside another operation: that one gives way, if the turn is over, when both are done. */
  beginInside(): Step<T> {
    const caller = current.task as Task | null;
    if (caller?.state !== running || caller.cancellation === final) return this.next(undefined);
    const step = this.begin();
    if (step !== failed) return step;
    throw this.errorOf(this.interruption as Interruption);
  }

  /** It fails with that error; for `begin` to return. */
  protected failWith(why: Interruption): Step<T> {
    this.interruption = why;
    return failed;
  }

  throw(error: unknown): Step<T> {
    const { task } = this;
    if (task instanceof Guest) abandon(task);
    else if (task !== null && current.task !== task) return resumedByStranger;
    throw error;
  }

  return(value: T): Step<T> {
    const { task } = this;
    if (task instanceof Guest) abandon(task);
    if (task === null || task.generator === null || task.state === done) {
      return { done: true, value };
    }
    if (current.task !== task) return resumedByStranger;
    if (task.state !== running) putTogether(task, this.syscall);
    return { done: true, value };
  }

  /** What an interruption means; null: an error of that code. */
  protected interrupted(_why: Interruption): Step<T> | null {
    return null;
  }

  protected errorOf(why: Interruption): DillError {
    if (why === "ECANCELED") return cancellationError(this.task, this.syscall, this.address());
    if (why !== "EBADF") return signalError(why, this.syscall, this.address());
    const message = "the handle was closed while a coroutine waited on it";
    return dillError("EBADF", this.syscall, message);
  }

  /** The address that errors of this operation name. */
  protected address(): string | undefined {
    return undefined;
  }

  protected complete(value: T): Step<T> {
    this.value = value;
    return this as unknown as Step<T>;
  }

  private endEarly(how: Early): Step<T> {
    if (how === "come") return this.resume();
    if (how === "completed") return this.complete(this.value as T);
    if (how === "failed") throw keptErrors.get(this);
    if (how === "taken apart") throw takenApart(this.syscall);
    return this.interrupted(how) ?? failed;
  }

  /** Not at once in a coroutine that nobody has told to end. */
  protected beginUnusually(argumentCount: number): Step<T> {
    const caller = current.task as Task | null;
    if (current.closing > 0) return this.begin();
    this.handleRejections();
    if (argumentCount === 0) {
      throw caller === null ? notInCoroutine(this.syscall) : takenApart(this.syscall);
    }
    if (caller === null) {
      this.task = newGuestInLine(this);
      return suspended;
    }
    if (caller.state !== running) putTogether(caller, this.syscall);
    if (caller.cancellation !== final) {
      return countUnit() && isTurnOver(this) ? this.beginAndGiveWay(caller) : this.begin();
    }
    // It may go on with what needs no wait, but not for ever.
    if (mustEnd(caller)) return suspended;
    if (countOperation(caller)) throw cancellationError(caller, this.syscall, this.address());
    return this.begin();
  }

  /**
   * The turn is over. The operation begins all the same: nothing may come between what the caller has just
   * seen and the wait. If no wait is needed, the others have their turn before the caller hears of the result.
   */
  private beginAndGiveWay(caller: Task): Step<T> {
    try {
      const step = this.begin();
      if ((step.done !== true && step !== failed) || caller.cancellation === final) return step;
      if (step !== failed) {
        this.value = step.value as T;
        this.interruption = "completed";
      }
    } catch (error) {
      if (caller.cancellation === final) throw error;
      keptErrors.set(this, error);
      this.interruption = "failed";
    }
    this.task = caller;
    noteSuspended(this, caller); // by an Effection program that the caller has started, perhaps
    enqueue(caller);
    return suspended;
  }

  protected resumeUnusually(task: Task): Step<T> {
    if (task.generator !== null) {
      if (current.task !== task) return refuseStranger();
      putTogether(task, this.syscall);
    }
    if (task.state !== done) throw notInCoroutine(this.syscall);
    if (task.value === unbegun) {
      task.value = undefined;
      return this.begin();
    }
    return this.interruption === null ? this.resume() : this.endEarly(this.interruption);
  }

  guestTask(): Task {
    return this.task as Task;
  }

  becomeGuest(guest: Task): void {
    this.task = guest;
  }
}

/** The caller was put to sleep in another operation, and yet its code goes on. */
function putTogether(task: Task, syscall: string): never {
  rouse(task);
  throw takenApart(syscall);
}
