// Lets a coroutine wait for something of Node's, without a deadline.
import { type Operation, until as untilDeadline } from "libdill-ts";

/** The value of the promise, or what it was rejected with, thrown. */
export function until<T>(promise: PromiseLike<T>): Operation<T> {
  return untilDeadline(promise, -1);
}
