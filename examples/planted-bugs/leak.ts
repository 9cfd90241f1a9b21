// A connection that a cancellation leaves open. A client connects, is counted, and asks; after 10 ms it is not needed any more.
import {
  brecv,
  bsend,
  bundle,
  bundleGo,
  type Channel,
  chmake,
  chrecv,
  chsend,
  type Coroutine,
  go,
  hclose,
  ipcAccept,
  ipcConnect,
  ipcListen,
  type IpcListener,
  type IpcSocket,
  msleep,
  now,
} from "libdill-ts";
import { census } from "libdill-ts/testing";
import type { Bug } from "./bug.js";

const path = "/run/answers.ipc";

type Ask = (metrics: Channel<string, never>) => Coroutine;

/** Canceled while it is counted, the client has not come to its `try` yet. */
function* askBroken(metrics: Channel<string, never>): Coroutine {
  const s = yield* ipcConnect(path, -1);
  yield* chsend(metrics, "connected", -1);
  try {
    yield* bsend(s, Buffer.from("?"), -1);
    yield* brecv(s, 1, -1);
  } finally {
    hclose(s);
  }
}

/** The `try` begins right behind the connection, with nothing in between that could be canceled. */
function* askMended(metrics: Channel<string, never>): Coroutine {
  const s = yield* ipcConnect(path, -1);
  try {
    yield* chsend(metrics, "connected", -1);
    yield* bsend(s, Buffer.from("?"), -1);
    yield* brecv(s, 1, -1);
  } finally {
    hclose(s);
  }
}

/** Takes connections, and never answers. */
function* serve(ls: IpcListener): Coroutine {
  const taken: IpcSocket[] = [];
  try {
    for (;;) taken.push(yield* ipcAccept(ls, -1));
  } finally {
    taken.forEach(hclose);
  }
}

function* collect(counts: Channel<never, string>): Coroutine {
  for (;;) yield* chrecv(counts, -1);
}

function* program(ask: Ask): Coroutine {
  const before = census();
  yield* giveUp(ask);
  const { descriptors } = census();
  if (descriptors > before.descriptors) throw new Error("a connection is left open");
}

/** Asks, and loses patience after 10 ms. */
function* giveUp(ask: Ask): Coroutine {
  const ls = yield* ipcListen(path, 511);
  const [metrics, counts] = chmake<string, never>();
  const beside = bundle();
  try {
    bundleGo(beside, serve(ls));
    bundleGo(beside, collect(counts));
    const client = go(ask(metrics));
    yield* msleep(now() + 10);
    hclose(client);
  } finally {
    for (const h of [beside, ls, metrics, counts]) hclose(h);
  }
}

export const leak: Bug = {
  name: "A connection that is left open",
  tested: () => program(askBroken),
  broken: () => program(askBroken),
  mended: () => program(askMended),
  options: { network: (_, sim) => ({ latency: sim.pick([0, 10]) }), turnEnds: 0.3 },
};
