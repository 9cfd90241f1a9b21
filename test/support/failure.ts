// What went wrong, as a value: for tests of one error at a time.
import { type Coroutine, DillError, type Operation } from "libdill-ts";

/** The DillError that the operation ends with; other errors pass. */
export function* failureOf(operation: Operation<unknown>): Coroutine<DillError> {
  try {
    yield* operation;
  } catch (error) {
    if (error instanceof DillError) return error;
    throw error;
  }
  throw new Error("the operation succeeded");
}

/** The DillError that the function throws; other errors pass. */
export function thrownBy(body: () => unknown): DillError {
  try {
    body();
  } catch (error) {
    if (error instanceof DillError) return error;
    throw error;
  }
  throw new Error("the function returned");
}

/** Ends with the code the operation fails with, or "done". */
export function* outcomeOf(operation: Operation<unknown>): Coroutine<string> {
  try {
    yield* operation;
    return "done";
  } catch (error) {
    if (error instanceof DillError) return error.code;
    throw error;
  }
}
