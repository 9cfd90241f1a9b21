// Coroutines whose clean-up waits, and how they are closed.
import {
  type Bundle,
  bundle,
  bundleClose,
  bundleGo,
  type Coroutine,
  msleep,
  now,
  scope,
} from "libdill-ts";
import { asCoroutine, type Log, saying } from "./cutShort.js";

/** Waits until it is told, says so, waits for what its clean-up needs, and says how that has ended. */
export function* slow(log: Log, name: string, pause = 1): Coroutine {
  try {
    yield* saying(log, name, () => asCoroutine(msleep(-1)));
  } finally {
    yield* saying(log, `${name} cut`, () => asCoroutine(msleep(now() + pause)));
    log.push(`${name} done`);
  }
}

/** Runs the work in a bundle that is closed at once, with that grace. */
export function* closed(work: Coroutine<unknown>, deadline = -1): Coroutine {
  const b = bundle();
  bundleGo(b, work);
  yield* bundleClose(b, deadline);
}

export function* scoped(body: (b: Bundle) => Coroutine<unknown>): Coroutine {
  yield* scope(body);
}
