// Counts how often Node calls connect(2) for a local socket.
import { createHook } from "node:async_hooks";
import type { Coroutine } from "libdill-ts";

/** The attempts that are made while the coroutine runs. */
export function* attemptsDuring(coroutine: Coroutine<unknown>): Coroutine<number> {
  let attempts = 0;
  const hook = createHook({
    init(_id, type) {
      if (type === "PIPECONNECTWRAP") attempts += 1;
    },
  }).enable();
  try {
    yield* coroutine;
  } finally {
    hook.disable();
  }
  return attempts;
}
