// A deadline that comes as the connection comes. A client waits for 10 ms; in the same millisecond the connection is handed over.
import {
  bundle,
  bundleGo,
  bundleWait,
  type Channel,
  chdone,
  chmake,
  chrecv,
  type Coroutine,
  hclose,
  isErrno,
  msleep,
  now,
} from "libdill-ts";
import type { Bug } from "./bug.js";

interface Waiter {
  /** What the client was handed. */
  connection: string | undefined;
  /** `chdone` of the bell wakes the client. */
  readonly bell: Channel<never>;
}

interface Pool {
  readonly free: string[];
  readonly waiting: Waiter[];
}

type Outcome = (waiter: Waiter, isLate: boolean) => string | undefined;

/** A client that is too late leaves with nothing, also if the connection is its own by now. */
const outcomeBroken: Outcome = ({ connection }, isLate) => (isLate ? undefined : connection);

/** Whoever was handed the connection has it, however late. */
const outcomeMended: Outcome = ({ connection }) => connection;

function* take({ free, waiting }: Pool, outcome: Outcome): Coroutine<string | undefined> {
  const connection = free.pop();
  if (connection !== undefined) return connection;
  const [bell, ear] = chmake<never>();
  const waiter: Waiter = { connection: undefined, bell };
  waiting.push(waiter);
  try {
    return outcome(waiter, yield* isTooLate(ear, now() + 10));
  } finally {
    leave(waiting, waiter);
    hclose(bell);
    hclose(ear);
  }
}

function leave(waiting: Waiter[], waiter: Waiter): void {
  const place = waiting.indexOf(waiter);
  if (place >= 0) waiting.splice(place, 1);
}

function* isTooLate(ear: Channel<never>, deadline: number): Coroutine<boolean> {
  try {
    return yield* chrecv(ear, deadline);
  } catch (e) {
    if (!isErrno(e, "EPIPE", "ETIMEDOUT")) throw e;
    return e.code === "ETIMEDOUT";
  }
}

function giveBack({ free, waiting }: Pool, connection: string): void {
  const next = waiting.shift();
  if (next === undefined) free.push(connection);
  else {
    next.connection = connection;
    chdone(next.bell);
  }
}

function* client(pool: Pool, outcome: Outcome, query: number): Coroutine {
  const connection = yield* take(pool, outcome);
  if (connection === undefined) return;
  yield* msleep(now() + query);
  giveBack(pool, connection);
}

/** `query`: how long a query takes, in milliseconds. */
function* program(outcome: Outcome, query: () => number): Coroutine {
  const pool: Pool = { free: ["the connection"], waiting: [] };
  const clients = bundle();
  try {
    for (let i = 0; i < 3; i++) bundleGo(clients, client(pool, outcome, query()));
    yield* bundleWait(clients, -1);
    if (pool.free.length === 0) throw new Error("the connection is lost");
  } finally {
    hclose(clients);
  }
}

export const deadlineRace: Bug = {
  name: "A deadline that is met too late",
  tested: () => program(outcomeBroken, () => 3),
  broken: (sim) => program(outcomeBroken, () => sim.between(1, 20)),
  mended: (sim) => program(outcomeMended, () => sim.between(1, 20)),
  options: {},
};
