import { type Operation as EffectionOperation, run as runEffection } from "effection";
import {
  type Bundle,
  bundle,
  bundleGo,
  type BundleTask,
  bundleWait,
  chmake,
  chrecv,
  type Coroutine,
  type CoroutineBundle,
  go,
  hclose,
  join,
  main,
  msleep,
  now,
  type Operation,
  run,
  scope,
  withDeadline,
  yieldNow,
} from "libdill-ts";
import { expectType } from "./equal.js";

export function* plain(n: number): Coroutine<string> {
  yield;
  yield* msleep(now() + n);
  yield* yieldNow();
  return "done";
}

/** Without a type of its own a coroutine is as good. */
export function* inferred() {
  const [, ch] = chmake<number>();
  yield;
  return yield* chrecv(ch, -1);
}

export function* empty(): Coroutine {}

export function* yields(): Coroutine {
  // @ts-expect-error A coroutine returns what it says.
  return 1;
}

export function* forgotten(): Coroutine {
  // @ts-expect-error An operation is run with yield*, not with yield.
  yield msleep(-1);
  // @ts-expect-error A promise can't be awaited in a coroutine.
  yield Promise.resolve(1);
  // @ts-expect-error A value can't be yielded.
  yield 1;
}

export function* starting(): Coroutine {
  expectType<CoroutineBundle<string>>()(go(plain(1)));
  expectType<CoroutineBundle<number>>()(go(inferred()));
  expectType<CoroutineBundle<void>>()(go(empty()));
  const b = bundle();
  expectType<Bundle>()(b);
  expectType<BundleTask<string>>()(bundleGo(b, plain(1)));

  // What go returns is a bundle and a coroutine.
  const h = go(plain(1));
  bundleGo(h, empty());
  expectType<void>()(yield* bundleWait(h, -1));
  hclose(h);

  // @ts-expect-error The call is handed over, not the function.
  go(plain);
  // @ts-expect-error An operation is no coroutine.
  go(msleep(-1));
  // @ts-expect-error An async function is no coroutine.
  go((async () => {})());
  // @ts-expect-error The call is handed over, not the function.
  bundleGo(b, empty);
  // @ts-expect-error A coroutine in a bundle is no handle: there is nothing to close.
  hclose(bundleGo(b, empty()));
}

export function* joining(): Coroutine {
  const b = bundle();
  expectType<string>()(yield* join(go(plain(1)), -1));
  expectType<number>()(yield* join(bundleGo(b, inferred()), -1));
  expectType<void>()(yield* join(go(empty()), -1));
  // @ts-expect-error A bundle of its own has no value.
  yield* join(b, -1);
  // @ts-expect-error A deadline is never left out: -1 is none.
  yield* join(go(empty()));
}

export function* blocks(): Coroutine {
  expectType<number>()(
    yield* scope(function* (b) {
      expectType<Bundle>()(b);
      return yield* join(bundleGo(b, inferred()), -1);
    }),
  );
  expectType<void>()(yield* scope(function* () {}));
  expectType<string>()(
    yield* withDeadline(now() + 100, function* () {
      yield;
      return yield* plain(1);
    }),
  );
  expectType<Operation<string>>()(withDeadline(-1, () => plain(1)));
  // @ts-expect-error The function itself is handed over, not its call.
  yield* scope(empty());
  // @ts-expect-error The deadline comes first.
  yield* withDeadline(empty, -1);
}

export async function programs(): Promise<void> {
  expectType<string>()(await run(plain(1)));
  expectType<number>()(await run(inferred()));
  expectType<void>()(await run(empty(), { signal: new AbortController().signal }));
  expectType<void>()(await main(empty));
  await run(empty(), { signal: undefined });
  // @ts-expect-error The call is handed over, not the function.
  await run(empty);
  // @ts-expect-error The function is handed over, not its call.
  await main(empty());
  // @ts-expect-error A run has no deadline of its own.
  await run(empty(), { deadline: 1 });
  // @ts-expect-error The signal itself is handed over, not its controller.
  await run(empty(), { signal: new AbortController() });
}

/** An operation of ours is one of Effection's. */
export async function inEffection(): Promise<void> {
  const [, ch] = chmake<number>();
  const operation: EffectionOperation<number> = chrecv(ch, -1);
  expectType<number>()(await runEffection(() => operation));
  // @ts-expect-error A coroutine is none: it may yield nothing, which Effection does not know.
  await runEffection(() => plain(1));
}
