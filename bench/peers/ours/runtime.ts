// libdill-ts. Deadlines are -1 where a program has none, and what is opened is closed, as in any program.
import {
  bundle,
  bundleGo,
  bundleWait,
  type Channel,
  chdone,
  chmake,
  type ChooseClause,
  choose,
  chrecv,
  chsend,
  type Coroutine,
  go,
  hclose,
  isErrno,
  msleep,
  now,
  run,
} from "libdill-ts";
import type { Contestants, Meter } from "../../contestant.js";
import { compute, longTurn, timerLead, timerWindow, Turns } from "../turns.js";

export const contestants: Contestants = {
  ctxswitch: (n) =>
    run(
      (function* () {
        const turns = new Turns();
        const b = bundle();
        bundleGo(b, takeTurns(turns, n / 2));
        bundleGo(b, takeTurns(turns, n / 2));
        yield* bundleWait(b, -1);
        hclose(b);
        return turns.count;
      })(),
    ),

  go: (n) =>
    run(
      (function* () {
        let ended = 0;
        function* worker(): Coroutine {
          ended += 1;
        }
        for (let i = 0; i < n; i++) hclose(go(worker()));
        return ended;
      })(),
    ),

  chan: (n) =>
    run(
      (function* () {
        const [ch, far] = chmake<number>();
        const worker = go(echo(far));
        let right = 0;
        for (let i = 0; i < n; i += 2) {
          yield* chsend(ch, i, -1);
          if ((yield* chrecv(ch, -1)) === i) right += 2;
        }
        for (const h of [worker, ch, far]) hclose(h);
        return right;
      })(),
    ),

  choose: (n) =>
    run(
      (function* () {
        const [ch, far] = chmake<number>();
        const worker = go(echo(far));
        let right = 0;
        for (let i = 0; i < n; i += 2) {
          yield* choose([{ op: "send", ch, value: i }], -1);
          const { value } = yield* choose([{ op: "recv", ch }], -1);
          if (value === i) right += 2;
        }
        for (const h of [worker, ch, far]) hclose(h);
        return right;
      })(),
    ),

  choose2: (n) => chooseAmong(2, n),
  choose10: (n) => chooseAmong(10, n),
  choose100: (n) => chooseAmong(100, n),

  deadline: (n) =>
    run(
      (function* () {
        const [ch, far] = chmake<number>();
        const worker = go(
          (function* () {
            while (true) yield* chsend(far, yield* chrecv(far, now() + 60_000), -1);
          })(),
        );
        let right = 0;
        for (let i = 0; i < n; i += 2) {
          yield* chsend(ch, i, -1);
          if ((yield* chrecv(ch, now() + 60_000)) === i) right += 2;
        }
        for (const h of [worker, ch, far]) hclose(h);
        return right;
      })(),
    ),

  done: (n) =>
    run(
      (function* () {
        let ended = 0;
        function* worker(ch: Channel<number>): Coroutine {
          try {
            yield* chrecv(ch, -1);
          } catch (e) {
            if (!isErrno(e, "EPIPE")) throw e;
            ended += 1;
          }
        }
        for (let i = 0; i < n; i++) {
          const [ch, far] = chmake<number>();
          const receiver = go(worker(far));
          chdone(ch);
          hclose(receiver);
          hclose(ch);
          hclose(far);
        }
        return ended;
      })(),
    ),

  whispers: (n) =>
    run(
      (function* () {
        const b = bundle();
        const ends: Channel<number>[] = [];
        const [first, next] = chmake<number>();
        ends.push(first, next);
        let left = next;
        for (let i = 0; i < n; i++) {
          const [right, far] = chmake<number>();
          ends.push(right, far);
          bundleGo(b, whisper(left, right));
          left = far;
        }
        yield* chsend(first, 1, -1);
        const heard = yield* chrecv(left, -1);
        hclose(b);
        for (const h of ends) hclose(h);
        return heard;
      })(),
    ),

  timer: (n, meter) =>
    run(
      (function* () {
        let woken = 0;
        function* sleeper(deadline: number): Coroutine {
          yield* msleep(deadline);
          if (woken === 0) meter.start();
          woken += 1;
        }
        const b = bundle();
        const due = now() + timerLead(n);
        for (let i = 0; i < n; i++) bundleGo(b, sleeper(due + (i / n) * timerWindow));
        if (now() > due) throw new Error("the first was due before the last was started");
        yield* bundleWait(b, -1);
        meter.stop();
        hclose(b);
        return woken;
      })(),
    ),

  cancel: (n, meter) =>
    run(
      (function* () {
        let ended = 0;
        function* worker(): Coroutine {
          try {
            yield* msleep(-1);
          } finally {
            ended += 1;
          }
        }
        const b = bundle();
        for (let i = 0; i < n; i++) bundleGo(b, worker());
        yield;
        meter.start();
        hclose(b);
        meter.stop();
        return ended;
      })(),
    ),

  sieve: (n) =>
    run(
      (function* () {
        const b = bundle();
        const ends: Channel<number>[] = [];
        const [start, first] = chmake<number>();
        ends.push(start, first);
        bundleGo(b, generate(start));
        let left = first;
        let prime = 0;
        for (let i = 0; i < n; i++) {
          prime = yield* chrecv(left, -1);
          const [right, far] = chmake<number>();
          ends.push(right, far);
          bundleGo(b, filter(left, right, prime));
          left = far;
        }
        hclose(b);
        for (const h of ends) hclose(h);
        return prime;
      })(),
    ),

  shortTurn: (n, meter) => failAfter(0, n, meter),
  longTurn: (n, meter) => failAfter(longTurn, n, meter),

  blocked: (n, meter) =>
    run(
      (function* () {
        const b = bundle();
        let count = 0;
        function* worker(): Coroutine {
          count += 1;
          yield* msleep(-1);
        }
        meter.start();
        for (let i = 0; i < n; i++) bundleGo(b, worker());
        yield;
        meter.stop();
        hclose(b);
        return count;
      })(),
    ),

  blockedOnChannel: (n, meter) =>
    run(
      (function* () {
        const b = bundle();
        let count = 0;
        function* worker(ch: Channel<number>): Coroutine {
          count += 1;
          yield* chrecv(ch, -1);
        }
        const ends = new Array<Channel<number>>(2 * n);
        meter.start();
        for (let i = 0; i < n; i++) {
          const [ch, far] = chmake<number>();
          bundleGo(b, worker(far));
          ends[2 * i] = ch;
          ends[2 * i + 1] = far;
        }
        yield;
        meter.stop();
        hclose(b);
        for (const h of ends) hclose(h);
        return count;
      })(),
    ),
};

function* takeTurns(turns: Turns, n: number): Coroutine {
  const me = {};
  for (let i = 0; i < n; i++) {
    turns.take(me);
    yield;
  }
}

/** Until it is canceled. */
function* echo(ch: Channel<number>): Coroutine {
  while (true) yield* chsend(ch, yield* chrecv(ch, -1), -1);
}

function chooseAmong(count: number, n: number): Promise<number> {
  return run(
    (function* () {
      const [requests, worker] = chmake<number>();
      const answers = Array.from({ length: count }, () => chmake<number>());
      const b = go(
        (function* () {
          for (let i = 0; ; i++) {
            const request = yield* chrecv(worker, -1);
            yield* chsend(answers[i % count]![0], request, -1);
          }
        })(),
      );
      const clauses = answers.map(([, ch]): ChooseClause<never, number> => ({ op: "recv", ch }));
      let right = 0;
      for (let i = 0; i < n / 2; i++) {
        yield* chsend(requests, i, -1);
        const { index, value } = yield* choose(clauses, -1);
        if (index === i % count && value === i) right += 2;
      }
      for (const h of [b, requests, worker, ...answers.flat()]) hclose(h);
      return right;
    })(),
  );
}

/** Each coroutine's receive fails at once, in a turn that has lasted so long. */
function failAfter(duration: number, n: number, meter: Meter): Promise<number> {
  return run(
    (function* () {
      const [ch, far] = chmake<number>();
      chdone(far);
      let failed = 0;
      yield* msleep(now() + 1); // into a new turn
      compute(duration);
      meter.start();
      for (let i = 0; i < n; i++) {
        try {
          yield* chrecv(ch, -1);
        } catch (e) {
          if (!isErrno(e, "EPIPE")) throw e;
          failed += 1;
        }
      }
      meter.stop();
      for (const h of [ch, far]) hclose(h);
      return failed;
    })(),
  );
}

function* whisper(left: Channel<number>, right: Channel<number>): Coroutine {
  yield* chsend(right, (yield* chrecv(left, -1)) + 1, -1);
}

function* generate(out: Channel<number>): Coroutine {
  for (let x = 2; ; x++) yield* chsend(out, x, -1);
}

function* filter(left: Channel<number>, right: Channel<number>, prime: number): Coroutine {
  while (true) {
    const x = yield* chrecv(left, -1);
    if (x % prime !== 0) yield* chsend(right, x, -1);
  }
}
