// The programs that each runner's tests run. Nothing here knows a runner.
import {
  brecv,
  bsend,
  bundle,
  bundleGo,
  bundleWait,
  chmake,
  chrecv,
  chsend,
  hclose,
  ipcAccept,
  ipcConnect,
  ipcListen,
  msleep,
  now,
} from "libdill-ts";

/** Sleeps for an hour, and greets over a simulated socket. */
export function* anHour(sim) {
  yield* msleep(now() + 3_600_000);
  const ls = yield* ipcListen("/run/greet.ipc", 1);
  const client = yield* ipcConnect("/run/greet.ipc", -1);
  const server = yield* ipcAccept(ls, -1);
  yield* bsend(client, Buffer.from("hi"), -1);
  const received = Buffer.alloc(2);
  yield* brecv(server, received, -1);
  for (const h of [client, server, ls]) hclose(h);
  if (String(received) !== "hi" || sim.elapsed !== 3_600_000) throw new Error("no hour has passed");
}

/** Waits for a promise, so that other tests go on meanwhile. */
export function withPromise(until) {
  return function* () {
    yield* until(new Promise((go) => void setImmediate(go)), -1);
    yield* msleep(now() + 60_000);
  };
}

/** Two coroutines read a number, send it, and write it back: one update is lost if a turn ends at a send. */
export function* lostUpdate() {
  const [a, b] = chmake();
  const [counters, sink] = [bundle(), bundle()];
  let count = 0;
  bundleGo(
    sink,
    (function* () {
      for (;;) yield* chrecv(b, -1);
    })(),
  );
  function* add() {
    const seen = count;
    yield* chsend(a, seen, -1);
    count = seen + 1;
  }
  for (let i = 0; i < 2; i++) bundleGo(counters, add());
  yield* bundleWait(counters, -1);
  for (const h of [counters, sink, a, b]) hclose(h);
  if (count !== 2) throw new Error(`an update was lost: ${count}`);
}
