// Lets a coroutine wait for something of Node's.
import {
  bundle,
  bundleGo,
  chmake,
  chrecv,
  chsend,
  type Coroutine,
  hclose,
  isErrno,
} from "libdill-ts";

/** The value of the promise, or what it was rejected with, thrown. */
export function* until<T>(promise: Promise<T>): Coroutine<T> {
  const b = bundle();
  const [tell, hear] = chmake<() => T>();
  let isOver = false;
  promise.then(
    (value) => report(() => value),
    (error: unknown) =>
      report(() => {
        throw error;
      }),
  );
  try {
    return (yield* chrecv(hear, -1))();
  } finally {
    isOver = true;
    for (const h of [b, tell, hear]) hclose(h);
  }

  function report(result: () => T): void {
    if (!isOver) bundleGo(b, send(result));
  }
  function* send(result: () => T): Coroutine {
    try {
      yield* chsend(tell, result, -1);
    } catch (error) {
      if (!isErrno(error, "ECANCELED")) throw error;
    }
  }
}
