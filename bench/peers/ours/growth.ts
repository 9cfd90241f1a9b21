// libdill-ts with ever more of one thing: `n` says of how many.
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import {
  brecv,
  bsend,
  type Bundle,
  bundle,
  bundleGo,
  type Channel,
  type ChooseClause,
  chmake,
  choose,
  chrecv,
  chsend,
  type Coroutine,
  go,
  hclose,
  ipcConnect,
  ipcPair,
  type IpcSocket,
  msleep,
  now,
  run,
} from "libdill-ts";
import type { Contestants } from "../../contestant.js";
import { messageSize, withServer } from "../serverProcess.js";

const anHour = 3_600_000;

export const contestants: Contestants = {
  turns: (n, meter) =>
    run(
      (function* () {
        const b = bundle();
        let taken = 0;
        function* takeTurns(): Coroutine {
          for (;;) {
            taken += 1;
            yield;
          }
        }
        for (let i = 0; i < n; i++) bundleGo(b, takeTurns());
        taken = 0;
        meter.start();
        yield; // behind all of them
        meter.stop();
        const right = taken;
        hclose(b);
        return right;
      })(),
    ),

  besideIdle: (n, meter) =>
    run(
      (function* () {
        const b = bundle();
        for (let i = 0; i < n; i++) bundleGo(b, sleep(-1));
        growOld();
        for (let i = 0; i < 4; i++) yield* passMessages(-1);
        meter.start();
        const right = yield* passMessages(-1);
        meter.stop();
        hclose(b);
        return right;
      })(),
    ),

  besideDeadlines: (n, meter) =>
    run(
      (function* () {
        const b = bundle();
        const start = now() + anHour;
        for (let i = 0; i < n; i++) bundleGo(b, sleep(start + ((i * 7919) % n)));
        growOld();
        for (let i = 0; i < 4; i++) yield* passMessages(2 * anHour);
        meter.start();
        const right = yield* passMessages(2 * anHour);
        meter.stop();
        hclose(b);
        return right;
      })(),
    ),

  waiters: (n, meter) =>
    run(
      (function* () {
        const b = bundle();
        const [ch, far] = chmake<number>();
        let right = 0;
        function* receiver(expected: number): Coroutine {
          if ((yield* chrecv(far, -1)) === expected) right += 1;
        }
        for (let i = 0; i < n; i++) bundleGo(b, receiver(i));
        meter.start();
        for (let i = 0; i < n; i++) yield* chsend(ch, i, -1);
        yield;
        meter.stop();
        for (const h of [b, ch, far]) hclose(h);
        return right;
      })(),
    ),

  clauses: (n, meter) =>
    run(
      (function* () {
        const b = bundle();
        const pairs = Array.from({ length: n }, () => chmake<number>());
        const clauses = pairs.map(([, ch]): ChooseClause<never, number> => ({ op: "recv", ch }));
        bundleGo(
          b,
          (function* () {
            for (let i = 0; ; i++) yield* chsend(pairs[i % n]![0], i, -1);
          })(),
        );
        yield* choose(clauses, -1); // the sender waits now
        let right = 0;
        meter.start();
        for (let i = 1; i <= 10_000; i++) {
          const { index, value } = yield* choose(clauses, -1);
          if (index === i % n && value === i) right += 1;
        }
        meter.stop();
        for (const h of [b, ...pairs.flat()]) hclose(h);
        return right;
      })(),
    ),

  close: (n, meter) =>
    run(
      (function* () {
        const b = bundle();
        let ended = 0;
        function* worker(): Coroutine {
          try {
            yield* msleep(-1);
          } finally {
            ended += 1;
          }
        }
        for (let i = 0; i < n; i++) bundleGo(b, worker());
        meter.start();
        hclose(b);
        meter.stop();
        return ended;
      })(),
    ),

  connections: (n, meter) =>
    withServer("ours", "echo", (path) =>
      run(
        (function* () {
          const sockets: IpcSocket[] = [];
          for (let i = 0; i < n; i++) sockets.push(yield* ipcConnect(path, -1));
          const message = Buffer.alloc(messageSize);
          let right = 0;
          meter.start();
          for (let i = 0; i < 1_000; i++) {
            const s = sockets[i % n]!;
            message.writeUInt32LE(right);
            yield* bsend(s, message, -1);
            if ((yield* brecv(s, messageSize, -1)).readUInt32LE() === right) right += 1;
          }
          meter.stop();
          for (const s of sockets) hclose(s);
          return right;
        })(),
      ),
    ),

  heapOfCoroutine: (n, meter) =>
    run(
      (function* () {
        const b = bundle();
        meter.start();
        for (let i = 0; i < n; i++) bundleGo(b, sleep(-1));
        yield;
        meter.stop();
        hclose(b);
        return n;
      })(),
    ),

  heapOfDeadline: (n, meter) =>
    run(
      (function* () {
        const b = bundle();
        const start = now() + anHour;
        meter.start();
        for (let i = 0; i < n; i++) bundleGo(b, sleep(start + i));
        yield;
        meter.stop();
        hclose(b);
        return n;
      })(),
    ),

  heapOfBundle: (n, meter) =>
    run(
      (function* () {
        const bundles = new Array<Bundle>(n);
        meter.start();
        for (let i = 0; i < n; i++) bundles[i] = bundle();
        meter.stop();
        for (const h of bundles) hclose(h);
        return n;
      })(),
    ),

  heapOfChannel: (n, meter) =>
    run(
      (function* () {
        const pairs = new Array<[Channel<number>, Channel<number>]>(n);
        meter.start();
        for (let i = 0; i < n; i++) pairs[i] = chmake<number>();
        meter.stop();
        for (const h of pairs.flat()) hclose(h);
        return n;
      })(),
    ),

  heapOfSocket: (n, meter) =>
    run(
      (function* () {
        const sockets: IpcSocket[] = [];
        for (const s of yield* ipcPair()) hclose(s); // the first loads what all need
        meter.start();
        while (sockets.length < n) sockets.push(...(yield* ipcPair()));
        meter.stop();
        for (const s of sockets) hclose(s);
        return n;
      })(),
    ),

  // What a worker thread costs: a message there and back, in place of one to a coroutine.
  thread: async (n, meter) => {
    const worker = new Worker(fileURLToPath(new URL("echoThread.js", import.meta.url)));
    await once(worker, "online");
    let right = 0;
    meter.start();
    for (let i = 0; i < n; i++) {
      worker.postMessage(i);
      const [answer] = (await once(worker, "message")) as [number];
      if (answer === i) right += 1;
    }
    meter.stop();
    await worker.terminate();
    return right;
  },
};

function* sleep(deadline: number): Coroutine {
  yield* msleep(deadline);
}

/** Garbage is collected until what lives is old, and stays where it is. That drops compiled code, too. */
function growOld(): void {
  for (let i = 0; i < 3; i++) globalThis.gc?.();
}

/** To an echo and back, with deadlines that far away; -1: none. */
function* passMessages(patience: number): Coroutine<number> {
  const [ch, far] = chmake<number>();
  const deadline = (): number => (patience < 0 ? -1 : now() + patience);
  const echo = go(
    (function* () {
      while (true) yield* chsend(far, yield* chrecv(far, deadline()), deadline());
    })(),
  );
  let right = 0;
  for (let i = 0; i < 100_000; i += 2) {
    yield* chsend(ch, i, deadline());
    if ((yield* chrecv(ch, deadline())) === i) right += 2;
  }
  for (const h of [echo, ch, far]) hclose(h);
  return right;
}
