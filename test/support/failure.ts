// What an operation fails with.
import { type Coroutine, DillError, type Operation } from "libdill-ts";

/** Runs the operation, which must fail with an error of ours, and returns that. */
export function* failureOf(operation: Operation<unknown>): Coroutine<DillError> {
  try {
    yield* operation;
  } catch (error) {
    if (error instanceof DillError) return error;
    throw error;
  }
  throw new Error("the operation succeeded");
}

/** The code of that error. */
export function* codeOf(operation: Operation<unknown>): Coroutine<string> {
  return (yield* failureOf(operation)).code;
}
