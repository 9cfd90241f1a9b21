import { type Coroutine, type CoroutineBundle, go, type Operation } from "libdill-ts";

/** Starts a coroutine that does nothing but one operation. */
export function start<T>(operation: Operation<T>): CoroutineBundle<T> {
  return go(run(operation));
}

function* run<T>(operation: Operation<T>): Coroutine<T> {
  return yield* operation;
}
