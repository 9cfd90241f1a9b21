// Compiled only: what must not compile is marked so.
import {
  bundle,
  bundleGo,
  type BundleTask,
  type Coroutine,
  type CoroutineBundle,
  go,
  join,
  msleep,
  run,
  type Running,
  scope,
  withDeadline,
  yieldNow,
} from "libdill-ts";
import { same } from "./same.js";

function* answer(): Coroutine<number> {
  yield;
  yield* yieldNow();
  return 42;
}

export function* typesOfCoroutines(): Coroutine {
  const h = go(answer());
  same<CoroutineBundle<number>>()(h);
  same<number>()(yield* join(h, -1));

  const task = bundleGo(bundle(), answer());
  same<BundleTask<number>>()(task);
  same<number>()(yield* join(task, -1));

  const inScope = yield* scope(function* (b) {
    const one = bundleGo(b, answer());
    return [yield* join(one, -1), "text"] as const;
  });
  same<readonly [number, "text"]>()(inScope);

  const inTime = yield* withDeadline(100, function* () {
    return yield* answer();
  });
  same<number>()(inTime);
  same<void>()(yield* msleep(-1));

  // @ts-expect-error the call is missing
  go(answer);
  // @ts-expect-error the call is missing
  bundleGo(bundle(), answer);
  // @ts-expect-error a bundle of many has no value
  yield* join(bundle(), -1);
  // @ts-expect-error a deadline is missing
  yield* join(h);
  // @ts-expect-error a deadline is missing
  yield* msleep();
  // @ts-expect-error the function itself is wanted, it is called anew each time
  yield* withDeadline(100, answer());
}

export async function typesOfRuns(): Promise<void> {
  same<number>()(await run(answer()));
  await using running = run(answer());
  same<Running<number>>()(running);
  same<number>()(await running);
  same<void>()(await run(typesOfCoroutines()));
  // @ts-expect-error the call is missing
  await run(answer);
  // @ts-expect-error a signal is an AbortSignal
  await run(answer(), { signal: new AbortController() });
}
