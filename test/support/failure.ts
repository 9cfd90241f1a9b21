// What a call threw, as a value to look at. Where a return type is left out, it is that of a coroutine and of an
// operation of Effection's, too.
import { DillError, type Operation, isErrno } from "libdill-ts";

/** What the function throws; it fails the test if it throws nothing. */
export function thrownBy(call: () => unknown): unknown {
  try {
    call();
  } catch (error) {
    return error;
  }
  throw new Error("nothing was thrown");
}

/** What the operation throws in the coroutine that runs it. */
export function* thrownIn(operation: Operation<unknown>) {
  try {
    yield* operation;
  } catch (error) {
    return error;
  }
  throw new Error("nothing was thrown");
}

/** What the promise rejects with. */
export async function rejectionOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => {
      throw new Error("nothing was thrown");
    },
    (error: unknown) => error,
  );
}

/** Runs the operation, which must fail with an error of ours, and returns that. */
export function* failureOf(operation: Operation<unknown>) {
  const error = yield* thrownIn(operation);
  if (error instanceof DillError) return error;
  throw error;
}

/** The code of that error. */
export function* codeOf(operation: Operation<unknown>) {
  return (yield* failureOf(operation)).code;
}

/** How the operation ends, for a report: the code of its error, or "none". */
export function* codeOrNone(operation: Operation<unknown>) {
  try {
    yield* operation;
    return "none";
  } catch (error) {
    return isErrno(error) ? error.code : String(error);
  }
}

/** The code of what the function throws, or "" if it throws nothing. */
export function codeOfCall(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    if (isErrno(error)) return error.code;
    throw error;
  }
  return "";
}
