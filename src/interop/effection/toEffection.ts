import type { Effect, Operation as EffectionOperation, Result } from "effection";
import { isErrno } from "../../errors/index.js";
import { asOutsider, type Coroutine, whenAtRest } from "../../kernel/index.js";
import { startRun, type StartedRun } from "../../runtime/index.js";
import { guestIn, rememberScope } from "./scopes.js";

/**
 * A whole coroutine as an operation of Effection's, for `yield*` in an Effection task.
 *
 * It is a run like that of {@link run}: what the coroutine starts and makes ends with it. Halting the task cancels the
 * coroutine, by the rules of {@link hclose}, and is done when everything in it has ended. Never blocks.
 *
 * @param coroutine - A generator function of no parameters, or its call: `worker(1, 2)`, which can run once.
 * @returns The operation: it returns the coroutine's value or throws its error.
 * @example
 * ```ts
 * await main(function* () {
 *   const task = yield* spawn(() => toEffection(() => serve("/tmp/s.ipc")));
 *   yield* sleep(1000);
 *   yield* task.halt();
 * });
 * ```
 * Source: call of Effection, https://frontside.com/effection
 */
export function toEffection<T>(
  coroutine: Coroutine<T> | (() => Coroutine<T>),
): EffectionOperation<T> {
  return { [Symbol.iterator]: () => new OneEffect(startOf(coroutine)) };
}

/**
 * Only an effect can make Effection wait while it halts: what a generator's `finally` yields lets the generator
 * around it lose the halt, and go on.
 */
function startOf<T>(coroutine: Coroutine<T> | (() => Coroutine<T>)): Effect<T> {
  return {
    description: "a libdill coroutine",
    enter(resolve, { scope }) {
      let started: StartedRun<T> | undefined;
      let isOver = false;
      let halted: ((outcome: Result<void>) => void) | undefined;
      // Told in a turn of ours: a loop of such coroutines would keep the process from its timers otherwise.
      const end = (outcome: Result<T>): void => {
        isOver = true;
        if (halted === undefined) resolve(outcome);
        // What it was canceled with is no error of the halt.
        else if (!outcome.ok && !isErrno(outcome.error, "ECANCELED")) halted(outcome);
        else halted(nothing);
      };
      asOutsider(() => {
        const called = typeof coroutine === "function" ? coroutine() : coroutine;
        started = startRun(
          called,
          () => ({ by: "holder", grace: 0, parent: guestIn(scope) }),
          (owner) => rememberScope(owner, scope),
        );
        return started.running;
      }).then(
        (value) => whenAtRest(() => end({ ok: true, value })),
        (error: Error) => whenAtRest(() => end({ ok: false, error })),
      );
      return (exited) => {
        if (isOver) {
          exited(nothing);
          return;
        }
        halted = exited;
        started?.cancel();
      };
    },
  };
}

const nothing: Result<void> = { ok: true, value: undefined };

/** An iterator of one step. */
class OneEffect<T> implements Iterator<Effect<unknown>, T, unknown> {
  readonly #effect: Effect<T>;
  #isEntered = false;

  constructor(effect: Effect<T>) {
    this.#effect = effect;
  }

  next(value: unknown): IteratorResult<Effect<unknown>, T> {
    if (this.#isEntered) return { done: true, value: value as T };
    this.#isEntered = true;
    return { done: false, value: this.#effect };
  }

  throw(error: unknown): never {
    throw error;
  }

  return(value: T): IteratorResult<Effect<unknown>, T> {
    return { done: true, value };
  }
}
