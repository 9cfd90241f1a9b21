// Compiled only: what must not compile is marked so.
import {
  bsend,
  bundle,
  type Bundle,
  bundleWait,
  chmake,
  type Channel,
  type Coroutine,
  type Handle,
  type HandleType,
  hclose,
  hmake,
  hown,
  hquery,
  ipcAccept,
  ipcListen,
  type IpcListener,
  ipcPair,
  type IpcSocket,
  owned,
} from "libdill-ts";
import { same } from "./same.js";

export function* typesOfHandles(): Coroutine {
  const listener = yield* ipcListen("/tmp/types.ipc", 10);
  same<IpcListener>()(listener);
  const socket = yield* ipcAccept(listener, -1);
  same<IpcSocket>()(socket);

  // @ts-expect-error a listener sends nothing
  yield* bsend(listener, Buffer.from("text"), -1);
  // @ts-expect-error a socket accepts nobody
  yield* ipcAccept(socket, -1);
  // @ts-expect-error a socket is no bundle
  yield* bundleWait(socket, -1);
  // @ts-expect-error a deadline is missing
  yield* bundleWait(bundle());
  // @ts-expect-error a plain number is no handle
  hclose(5);

  same<Bundle>()(hown(bundle()));
  same<IpcSocket>()(hown((yield* ipcPair())[0]));

  using s = owned(socket);
  yield* bsend(s, Buffer.from("text"), -1);
  same<IpcSocket>()(s.handle);
  hclose(s);
  using l = owned(listener);
  // @ts-expect-error an owned listener sends nothing either
  yield* bsend(l, Buffer.from("text"), -1);

  const [a] = chmake<string>();
  same<Channel<string, string>>()(owned(a).handle);
}

export function typesOfOwnHandles(): void {
  const quoteType: HandleType<{ readonly text: string }> = Symbol("quote");
  const h = hmake<"quote">({ query: () => undefined, close: () => {} });
  same<Handle<"quote">>()(h);
  same<{ readonly text: string }>()(hquery(h, quoteType));
  same<unknown>()(hquery(h, Symbol("any")));

  // @ts-expect-error close is missing
  hmake({ query: () => undefined });
  // @ts-expect-error it is no bundle
  bundleWait(h, -1); // not yielded on purpose
}
