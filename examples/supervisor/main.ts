// A supervisor: it starts a coroutine anew when it fails, after a pause that doubles each time, and
// gives up when that has happened too often. The second service never comes up; its error gets out.
// In a clone, run it with: node build/examples/supervisor/main.js
import { type Coroutine, go, hclose, isErrno, join, msleep, now, run } from "libdill-ts";

interface Patience {
  /** How often a failing service is started anew. */
  readonly restarts: number;
  /** The first pause, in milliseconds. */
  readonly pause: number;
}

/** Runs the service until it returns. Its last error gets out when the patience is at its end. */
function* supervise<T>(
  name: string,
  service: (attempt: number) => Coroutine<T>,
  { restarts, pause }: Patience,
): Coroutine<T> {
  for (let attempt = 1; ; attempt++) {
    const h = go(service(attempt));
    try {
      return yield* join(h, -1);
    } catch (e) {
      // The supervisor itself is being canceled: the service must not come back.
      if (isErrno(e, "ECANCELED")) throw e;
      if (attempt > restarts) {
        console.log(`${name}: giving up after ${attempt} attempts`);
        throw e;
      }
      const delay = pause * 2 ** (attempt - 1);
      console.log(`${name}: ${(e as Error).message}, next attempt in ${delay} ms`);
      yield* msleep(now() + delay);
    } finally {
      hclose(h);
    }
  }
}

/** Fails twice, and works at its third attempt. */
function* flaky(attempt: number): Coroutine<string> {
  yield* msleep(now() + 5);
  if (attempt < 3) throw new Error(`no connection (${attempt})`);
  return `connected at attempt ${attempt}`;
}

function* broken(): Coroutine<string> {
  yield* msleep(now() + 5);
  throw new Error("no such disk");
}

await run(
  (function* () {
    const patience: Patience = { restarts: 3, pause: 10 };
    console.log(`flaky: ${yield* supervise("flaky", flaky, patience)}`);
    try {
      yield* supervise("broken", broken, patience);
    } catch (e) {
      console.log(`broken: ${(e as Error).message}`);
    }
  })(),
);
