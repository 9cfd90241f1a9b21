import {
  type Bundle,
  bundle,
  type Channel,
  chmake,
  type Coroutine,
  type Handle,
  type HandleType,
  hclose,
  hmake,
  hown,
  hquery,
  type Owned,
  owned,
} from "libdill-ts";
import { expectType } from "./equal.js";

interface Counter {
  count: number;
}

const counterType: HandleType<Counter> = Symbol("counter");
const anyType = Symbol("any");

const counter: Handle<"counter"> = hmake<"counter">({
  query: (type) => (type === counterType ? { count: 0 } : undefined),
  close: () => {},
});

export function verbs(): void {
  expectType<Counter>()(hquery(counter, counterType));
  expectType<unknown>()(hquery(counter, anyType));
  expectType<Handle<"counter">>()(hown(counter));
  expectType<Bundle>()(hown(bundle()));
  expectType<Handle>()(hmake({ query: () => undefined, close: () => {} }));

  // Any handle can be closed.
  hclose(counter);
  hclose(bundle());
  hclose(chmake<number>()[0]);
}

export function misuse(): void {
  // @ts-expect-error A number is no handle.
  hclose(17);
  // @ts-expect-error Both ends of a channel are no handle: close each.
  hclose(chmake<number>());
  // @ts-expect-error A resource has a close.
  hmake({ query: () => undefined });
  // @ts-expect-error A resource has a query.
  hmake({ close: () => {} });
  // @ts-expect-error Kinds of handles are kept apart.
  const other: Handle<"ticker"> = counter;
  // @ts-expect-error A handle type is a symbol or an object.
  hquery(counter, "counter");
  // @ts-expect-error What is found there is a Counter.
  const found: string = hquery(counter, counterType);
  // @ts-expect-error A bundle is no channel.
  const ch: Channel<number> = bundle();
  // @ts-expect-error A number is no handle.
  owned(17);
  void [other, found, ch];
}

export function* ownedHandles(): Coroutine {
  const h = owned(counter);
  expectType<Owned<Handle<"counter">>>()(h);
  expectType<Handle<"counter">>()(h.handle);
  // `using h = owned(counter)` asks for this.
  const disposable: Disposable = h;
  // It is as good as the handle.
  expectType<Counter>()(hquery(h, counterType));
  const same: Handle<"counter"> = h;
  yield;
  hclose(same);
  disposable[Symbol.dispose]();
}
