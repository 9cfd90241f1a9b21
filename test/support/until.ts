// Lets a coroutine wait for something of Node's.
import { chdone, chmake, chrecv, type Coroutine, hclose, isErrno } from "libdill-ts";

/** The value of the promise, or what it was rejected with, thrown. */
export function* until<T>(promise: Promise<T>): Coroutine<T> {
  const [settled, hear] = chmake<never>();
  let isWaiting = true;
  let result: () => T = () => {
    throw new Error("the promise has not settled");
  };
  const settle = (settledWith: () => T): void => {
    result = settledWith;
    if (isWaiting) chdone(settled);
  };
  promise.then(
    (value) => settle(() => value),
    (error: unknown) =>
      settle(() => {
        throw error;
      }),
  );
  try {
    yield* chrecv(hear, -1);
  } catch (error) {
    if (!isErrno(error, "EPIPE")) throw error;
  } finally {
    isWaiting = false;
    hclose(settled);
    hclose(hear);
  }
  return result();
}
