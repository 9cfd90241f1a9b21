// Recognising what was yielded where an operation should have been run, and saying what to write.
import { type DillError, dillError } from "../errors/index.js";
import { ofAnotherCopy } from "../handles/index.js";
import type { Effect } from "./operation.js";

/** What an operation yields to whoever resumes a coroutine that waits for another task. */
export const foreignResume: { readonly description: string } = {
  description: "a coroutine that was resumed by hand, or started twice",
};

/** What whoever resumes somebody else's coroutine gets; the coroutine goes on waiting. */
export const resumedByStranger = { done: false, value: foreignResume } as unknown as IteratorResult<
  Effect<unknown>,
  never
>;

/** Marks what operations yield, in all copies of the package. */
export const ownEffect: unique symbol = Symbol.for("libdill-ts.effect");

/** The error for a coroutine that yielded this value. Whatever the value does when it is looked at, it is one. */
export function misuse(value: unknown): DillError {
  return dillError("EINVAL", "yield", adviceFor(value));
}

/** The error for an operation whose `next()` was called by something else than `yield*`. */
export function takenApart(syscall: string): DillError {
  const message =
    `${syscall} was taken apart: a list pattern, a spread or a for loop has asked it for its parts; ` +
    "write yield* in front of it";
  return dillError("EINVAL", syscall, message);
}

/** The error for an operation that runs neither in a coroutine nor in Effection. */
export function notInCoroutine(syscall: string): DillError {
  const message =
    `${syscall} was run outside a coroutine: call it with yield* in a generator function, ` +
    "and start that with run(), go() or bundleGo()";
  return dillError("EINVAL", syscall, message);
}

function adviceFor(value: unknown): string {
  try {
    if (value === foreignResume) {
      return "the generator is another coroutine's, which waits in it: a generator can be started once";
    }
    if (has(value, Symbol.iterator)) {
      return "an operation was yielded and did not run: write yield*, not yield";
    }
    if (has(value, "then")) return "a promise was yielded: write yield* until(promise, deadline)";
    if (has(value, ownEffect)) {
      return `${ofAnotherCopy("the operation")} (npm ls libdill-ts)`;
    }
    if (has(value, "enter")) {
      return "an Effection operation was run in a libdill coroutine: write yield* fromEffection(…)";
    }
  } catch {
    // A proxy, say, that does not want to be looked at.
  }
  return "a coroutine yields nothing but operations, and those with yield*";
}

function has(value: unknown, key: string | symbol): boolean {
  return typeof value === "object" && value !== null && key in value;
}
