// Whether an operation lets others run.
import { type Coroutine, go, hclose, msleep, now } from "libdill-ts";

/** How many turns a busy machine may end in the middle. */
const attempts = 20;

/**
 * Whether nobody runs while the coroutine does, from its start to its end. When the turn is over, any operation gives way: so this is
 * tried in a new turn again and again, until nobody has run.
 */
export function* isUndisturbed(work: () => Coroutine<unknown>): Coroutine<boolean> {
  for (let attempt = 0; attempt < attempts; attempt++) {
    let hasRun = false;
    const other = go(
      (function* () {
        yield;
        hasRun = true;
      })(),
    );
    yield* work();
    const wasDisturbed = hasRun;
    hclose(other);
    if (!wasDisturbed) return true;
    yield* msleep(now() + 1);
  }
  return false;
}
