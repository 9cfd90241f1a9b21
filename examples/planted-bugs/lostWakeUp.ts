// A lost wake-up. Clients share one connection. A client that finds none is counted, registers, and waits until it is handed one.
import {
  bundle,
  bundleGo,
  bundleWait,
  type Channel,
  chmake,
  chrecv,
  chsend,
  type Coroutine,
  hclose,
  msleep,
  now,
} from "libdill-ts";
import type { Bug } from "./bug.js";

interface Pool {
  readonly free: string[];
  /** A channel to each client that waits, to hand the connection over. */
  readonly waiting: Channel<string, never>[];
  /** The collector always receives here, so a send never waits. */
  readonly metrics: Channel<string, never>;
}

type Take = (pool: Pool) => Coroutine<string>;

/** Looks, counts, registers. A connection that is given back between the look and the registration wakes nobody. */
function* takeBroken(pool: Pool): Coroutine<string> {
  const connection = pool.free.pop();
  if (connection !== undefined) return connection;
  yield* chsend(pool.metrics, "a client has to wait", -1);
  return yield* waitForOne(pool);
}

/** Counts, looks, registers. Nobody else can run between the look and the registration. */
function* takeMended(pool: Pool): Coroutine<string> {
  if (pool.free.length === 0) yield* chsend(pool.metrics, "a client has to wait", -1);
  return pool.free.pop() ?? (yield* waitForOne(pool));
}

function* waitForOne({ waiting }: Pool): Coroutine<string> {
  const [give, receive] = chmake<string, never>();
  waiting.push(give);
  try {
    return yield* chrecv(receive, -1);
  } finally {
    hclose(give);
    hclose(receive);
  }
}

function* giveBack({ free, waiting }: Pool, connection: string): Coroutine {
  const next = waiting.shift();
  if (next === undefined) free.push(connection);
  else yield* chsend(next, connection, -1);
}

function* client(pool: Pool, take: Take, arrival: number): Coroutine {
  yield* msleep(arrival);
  const connection = yield* take(pool);
  yield* msleep(now() + 2); // stands for a query
  yield* giveBack(pool, connection);
}

function* program(take: Take): Coroutine {
  const [metrics, counts] = chmake<string, never>();
  const beside = bundle();
  const clients = bundle();
  try {
    bundleGo(beside, collect(counts));
    const pool: Pool = { free: ["the connection"], waiting: [], metrics };
    for (const delay of [2, 4, 6]) bundleGo(clients, client(pool, take, now() + delay));
    yield* bundleWait(clients, -1);
  } finally {
    for (const h of [clients, beside, metrics, counts]) hclose(h);
  }
}

function* collect(counts: Channel<never, string>): Coroutine {
  for (;;) yield* chrecv(counts, -1);
}

export const lostWakeUp: Bug = {
  name: "A lost wake-up",
  tested: () => program(takeBroken),
  broken: () => program(takeBroken),
  mended: () => program(takeMended),
  options: {},
};
