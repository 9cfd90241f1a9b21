// The only suspension point: every blocking operation is one of these.
//
// An operation is one small object that is its own iterator and its own last result. Its first next()
// tries at once, and either completes or registers itself wherever its event will come from and parks
// the coroutine; the second next() says what woke it. No promise, no closure and, but for the
// operation itself, nothing allocated: V8 hands the inner iterator's result through yield* unchanged.
//
// This is the one class in the house that others extend: the protocol must be the same everywhere, and
// a call through a function field would cost what the shared method saves.
import { type DillError, dillError, signalError } from "../errors/index.js";
import { running as cell } from "../handles/index.js";
import { host } from "../host/index.js";
import { currentContext } from "./asyncContext.js";
import {
  blocked,
  done,
  type Interruption,
  type Parked,
  ready,
  running,
  Task,
} from "./coroutine.js";
import type { Effect, Operation } from "./operation.js";
import {
  askForDrain,
  cancellation,
  countOperation,
  currentTask,
  cutShort,
  enqueue,
  handOver,
  isTurnOver,
  mustEnd,
  park,
  waitForOutside,
  withdraw,
} from "./scheduler.js";

export type Step<T> = IteratorResult<Effect<unknown>, T>;

/**
 * Stands in a guest's value as long as its operation has not begun. Effection starts the candidates of a race one
 * after the other and looks for the winner only then: each waits for a turn, so that the first to have a
 * result has ended the race before the next one could take something away.
 */
const unbegun = Symbol("unbegun");

/** The guest's operation that has suspended last: it is Effection who calls `enter` next. */
let newest: BlockingOperation<unknown> | null = null;

const suspension: Effect<unknown> = {
  description: "a libdill operation",
  enter(resolve) {
    // Inside a coroutine of ours, the operation took that for its own.
    const mistaken = currentTask()?.operation;
    const operation = mistaken instanceof BlockingOperation ? mistaken : newest;
    newest = null;
    if (operation === null) throw notInCoroutine("an operation");
    const guest = operation.becomeGuest();
    guest.resume = () => resolve({ ok: true, value: undefined });
    return (exited) => {
      if (guest.state === blocked) dismissGuest(guest);
      else if (guest.state === ready) {
        withdraw(guest);
        guest.state = done;
        try {
          if (guest.value !== unbegun) operation.giveBack();
        } catch (error) {
          exited({ ok: false, error: error as Error });
          return;
        }
      }
      exited({ ok: true, value: undefined });
    };
  },
};

/**
 * What a suspended operation yields: always the same object. A generator has made it, so that it has the
 * shape of what all other generators give the scheduler.
 */
const suspended: IteratorResult<Effect<unknown>, never> = (function* (): Generator<
  Effect<unknown>,
  never
> {
  while (true) yield suspension;
})().next();

/** What an operation without a result comes to. */
export const finished: Step<undefined> = (function* (): Generator<never, undefined> {})().next();

export abstract class BlockingOperation<T> implements Operation<T>, Parked {
  interruption: Interruption | null = null;
  /**
   * Once completed, the operation is its own iterator result, which nobody looks at before: so this can
   * say from the start that somebody runs the operation.
   */
  done = false;
  value: T | undefined = undefined;
  protected task: Task | null = null;

  /** For errors: the function's libdill name. */
  abstract readonly syscall: string;

  /** Tries at once: ends with complete() or suspend(), or throws. */
  protected abstract begin(): Step<T>;
  /** Woken with a result: ends with complete(), or with suspend() once more, or throws. */
  protected abstract resume(): Step<T>;
  /** The same operation, not started. */
  protected abstract copy(): BlockingOperation<T>;
  abstract undo(): void;

  /**
   * The result has come, and Effection has halted its task before it could take it: it must not be lost. Throws
   * what the task has to fail with.
   */
  giveBack(): void {}

  abstract describe(): string;

  [Symbol.iterator](): Iterator<Effect<unknown>, T, unknown> {
    if (this.done) return this.copy()[Symbol.iterator]();
    this.done = true;
    return this;
  }

  next(): Step<T> {
    const { task } = this;
    if (task === null) return this.givesWay() ? suspended : this.begin();
    if (task.state !== running) {
      // A guest's turn has come; or somebody calls next() by hand.
      if (task.state !== done) throw notInCoroutine(this.syscall);
      if (task.value === unbegun) {
        this.task = null;
        return this.begin();
      }
    }
    if (this.interruption !== null) {
      const step = this.interrupted(this.interruption);
      // Thrown here: each frame that an error crosses costs as much as a message (bench: done).
      if (step === null) throw this.errorOf(this.interruption);
      return step;
    }
    return this.resume();
  }

  throw(error: unknown): never {
    throw error;
  }

  return(value: T): Step<T> {
    return { done: true, value };
  }

  /** What an interruption means; null: an error of that code. */
  protected interrupted(_why: Interruption): Step<T> | null {
    return null;
  }

  protected errorOf(why: Interruption): DillError {
    if (why === "ECANCELED") return cancellation(this.task, this.syscall, this.address());
    if (why !== "EBADF") return signalError(why, this.syscall, this.address());
    const message = "the handle was closed while a coroutine waited on it";
    return dillError("EBADF", this.syscall, { message });
  }

  /** The address that errors of this operation name. */
  protected address(): string | undefined {
    return undefined;
  }

  protected complete(value: T): Step<T> {
    this.value = value;
    return this as unknown as Step<T>;
  }

  /**
   * Whether the coroutine must not go on now: it has refused to end too often, or the turn is over and
   * the others come first. Otherwise one whose operations never wait would keep the process for itself.
   */
  private givesWay(): boolean {
    if (cell.closing > 0) return false;
    const current = currentTask();
    if (current === null) {
      this.awaitTurn();
      return true;
    }
    if (current.isCanceled) return this.isLast(current);
    if (!isTurnOver()) return false;
    enqueue(current);
    return true;
  }

  private awaitTurn(): void {
    const guest = newGuest(this.syscall);
    guest.value = unbegun;
    this.task = guest;
    newest = this;
    enqueue(guest);
  }

  /** Whether a canceled task must end here. It may go on with what needs no wait, but not for ever. */
  private isLast(task: Task): boolean {
    if (mustEnd(task)) return true;
    if (countOperation(task)) throw cancellation(task, this.syscall, this.address());
    return false;
  }

  /** Waits for nothing but its turn. */
  protected takeTurn(task: Task): Step<T> {
    newest = this;
    enqueue(task);
    return suspended;
  }

  /** Throws if the coroutine is being canceled, or must not wait. */
  protected checkCanceled(): void {
    const current = currentTask();
    if (cell.closing > 0 || (current !== null && current.isCanceled)) {
      throw cancellation(current, this.syscall, this.address());
    }
  }

  /** The task that is about to wait. Only after checkCanceled, and before anything is registered. */
  protected waiter(): Task {
    const task = currentTask() ?? newGuest(this.syscall);
    this.task = task;
    return task;
  }

  /** Puts the waiter to sleep until wake() or interrupt(). Infinity: no deadline. */
  protected suspend(task: Task, deadline: number): Step<T> {
    if (task.generator === null) newest = this;
    park(task, this, deadline);
    return suspended;
  }

  /** The same, where the world outside ends the wait: a socket, say, and not another coroutine. */
  protected suspendExternal(task: Task, deadline: number): Step<T> {
    waitForOutside(task);
    return this.suspend(task, deadline);
  }

  /**
   * Effection drives this operation: a guest stands for its task. If a coroutine of ours has started the
   * Effection program, and it runs up to here at once, the operation took that coroutine for its own.
   */
  becomeGuest(): Task {
    const task = this.task as Task;
    if (task.generator === null) return task;
    const guest = new Task(null, null, null);
    guest.context = currentContext();
    handOver(task, guest);
    this.task = guest;
    return guest;
  }
}

function newGuest(syscall: string): Task {
  const guest = new Task(null, null, null);
  guest.context = currentContext();
  host.microtask(() => {
    if (guest.resume !== null) return;
    // Neither a coroutine nor Effection: somebody called next(), and nobody will ever go on.
    if (guest.state === blocked) dismissGuest(guest);
    throw notInCoroutine(syscall);
  });
  return guest;
}

function dismissGuest(guest: Task): void {
  cutShort(guest, "ECANCELED");
  guest.state = done;
  askForDrain(); // for the alarm: a deadline that is no more must not keep the process
}

function notInCoroutine(what: string): DillError {
  const message =
    `${what} was run outside a coroutine: call it with yield* in a generator function, ` +
    "and start that with run(), go() or bundleGo()";
  return dillError("EINVAL", what, { message });
}
