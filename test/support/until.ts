// Lets a coroutine wait for something of Node's.
import { chmake, chrecv, chsend, type Coroutine, go, hclose, isErrno } from "libdill-ts";

/** The value of the promise, or what it was rejected with, thrown. */
export function* until<T>(promise: Promise<T>): Coroutine<T> {
  const [tell, hear] = chmake<() => T>();
  promise.then(
    (value) => void go(send(() => value)),
    (error: unknown) =>
      void go(
        send(() => {
          throw error;
        }),
      ),
  );
  try {
    return (yield* chrecv(hear, -1))();
  } finally {
    hclose(tell);
    hclose(hear);
  }

  function* send(result: () => T): Coroutine {
    try {
      yield* chsend(tell, result, -1);
    } catch (error) {
      if (!isErrno(error, "EBADF", "EPIPE")) throw error; // nobody waits any more
    }
  }
}
