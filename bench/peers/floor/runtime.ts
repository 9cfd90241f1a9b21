// The floor: the least that V8 allows for what each program does. Bare generators on one list, channels that are
// lists, a flag for a cancellation. No handles, budget, contexts or groups; and nobody looks for mistakes.
import type { Contestants, Meter } from "../../contestant.js";
import { compute, longTurn, timerLead, timerWindow, Turns } from "../turns.js";
import { now } from "./alarms.js";
import { Channel, choose, noMore, receive, send } from "./channel.js";
import { type Body, cancel, type Coroutine, go, join, run } from "./coroutine.js";
import { sleep } from "./operation.js";

export const contestants: Contestants = {
  ctxswitch: (n) =>
    run(
      (function* () {
        const turns = new Turns();
        const both = [go(takeTurns(turns, n / 2)), go(takeTurns(turns, n / 2))];
        for (const each of both) yield* join(each);
        return turns.count;
      })(),
    ),

  go: (n) =>
    run(
      (function* () {
        let ended = 0;
        function* worker(): Body<void> {
          ended += 1;
        }
        for (let i = 0; i < n; i++) cancel(go(worker()));
        return ended;
      })(),
    ),

  chan: (n) =>
    run(
      (function* () {
        const [requests, answers] = [new Channel<number>(), new Channel<number>()];
        const worker = go(echo(requests, answers));
        let right = 0;
        for (let i = 0; i < n; i += 2) {
          yield* send(requests, i);
          if ((yield* receive(answers)) === i) right += 2;
        }
        cancel(worker);
        return right;
      })(),
    ),

  choose: (n) =>
    run(
      (function* () {
        const [requests, answers] = [new Channel<number>(), new Channel<number>()];
        const worker = go(echo(requests, answers));
        let right = 0;
        for (let i = 0; i < n; i += 2) {
          yield* choose([{ ch: requests, message: i }]);
          const { value } = yield* choose([{ ch: answers }]);
          if (value === i) right += 2;
        }
        cancel(worker);
        return right;
      })(),
    ),

  choose2: (n) => chooseAmong(2, n),
  choose10: (n) => chooseAmong(10, n),
  choose100: (n) => chooseAmong(100, n),

  deadline: (n) =>
    run(
      (function* () {
        const [requests, answers] = [new Channel<number>(), new Channel<number>()];
        const worker = go(
          (function* () {
            while (true) yield* send(answers, yield* receive(requests, now() + 60_000));
          })(),
        );
        let right = 0;
        for (let i = 0; i < n; i += 2) {
          yield* send(requests, i);
          if ((yield* receive(answers, now() + 60_000)) === i) right += 2;
        }
        cancel(worker);
        return right;
      })(),
    ),

  done: (n) =>
    run(
      (function* () {
        let ended = 0;
        function* worker(ch: Channel<number>): Body<void> {
          try {
            yield* receive(ch);
          } catch (e) {
            if (e !== noMore) throw e;
            ended += 1;
          }
        }
        for (let i = 0; i < n; i++) {
          const ch = new Channel<number>();
          const receiver = go(worker(ch));
          ch.end();
          cancel(receiver);
        }
        return ended;
      })(),
    ),

  whispers: (n) =>
    run(
      (function* () {
        const first = new Channel<number>();
        let left = first;
        for (let i = 0; i < n; i++) {
          const right = new Channel<number>();
          void go(whisper(left, right));
          left = right;
        }
        yield* send(first, 1);
        return yield* receive(left);
      })(),
    ),

  timer: (n, meter) =>
    run(
      (function* () {
        let woken = 0;
        function* sleeper(deadline: number): Body<void> {
          yield* sleep(deadline);
          if (woken === 0) meter.start();
          woken += 1;
        }
        const sleepers = new Array<Coroutine>(n);
        const due = now() + timerLead(n);
        for (let i = 0; i < n; i++) sleepers[i] = go(sleeper(due + (i / n) * timerWindow));
        if (now() > due) throw new Error("the first was due before the last was started");
        for (const each of sleepers) yield* join(each);
        meter.stop();
        return woken;
      })(),
    ),

  cancel: (n, meter) =>
    run(
      (function* () {
        let ended = 0;
        function* worker(): Body<void> {
          try {
            yield* sleep(-1);
          } finally {
            ended += 1;
          }
        }
        const workers = new Array<Coroutine>(n);
        for (let i = 0; i < n; i++) workers[i] = go(worker());
        yield;
        meter.start();
        for (const each of workers) cancel(each);
        meter.stop();
        return ended;
      })(),
    ),

  sieve: (n) =>
    run(
      (function* () {
        const workers: Coroutine[] = [];
        let left = new Channel<number>();
        workers.push(go(generate(left)));
        let prime = 0;
        for (let i = 0; i < n; i++) {
          prime = yield* receive(left);
          const right = new Channel<number>();
          workers.push(go(filter(left, right, prime)));
          left = right;
        }
        for (const each of workers) cancel(each);
        return prime;
      })(),
    ),

  shortTurn: (n, meter) => failAfter(0, n, meter),
  longTurn: (n, meter) => failAfter(longTurn, n, meter),

  blocked: (n, meter) =>
    run(
      (function* () {
        let count = 0;
        function* worker(): Body<void> {
          count += 1;
          yield* sleep(-1);
        }
        const workers = new Array<Coroutine>(n);
        meter.start();
        for (let i = 0; i < n; i++) workers[i] = go(worker());
        meter.stop();
        return workers.length === n ? count : 0;
      })(),
    ),

  blockedOnChannel: (n, meter) =>
    run(
      (function* () {
        let count = 0;
        function* worker(ch: Channel<number>): Body<void> {
          count += 1;
          yield* receive(ch);
        }
        const workers = new Array<Coroutine>(n);
        meter.start();
        for (let i = 0; i < n; i++) workers[i] = go(worker(new Channel<number>()));
        meter.stop();
        return workers.length === n ? count : 0;
      })(),
    ),
};

function* takeTurns(turns: Turns, n: number): Body<void> {
  const me = {};
  for (let i = 0; i < n; i++) {
    turns.take(me);
    yield;
  }
}

/** Until it is canceled. */
function* echo(requests: Channel<number>, answers: Channel<number>): Body<void> {
  while (true) yield* send(answers, yield* receive(requests));
}

function chooseAmong(count: number, n: number): Promise<number> {
  return run(
    (function* () {
      const requests = new Channel<number>();
      const answers = Array.from({ length: count }, () => new Channel<number>());
      const worker = go(
        (function* () {
          for (let i = 0; ; i++) yield* send(answers[i % count]!, yield* receive(requests));
        })(),
      );
      const clauses = answers.map((ch) => ({ ch }));
      let right = 0;
      for (let i = 0; i < n / 2; i++) {
        yield* send(requests, i);
        const { index, value } = yield* choose(clauses);
        if (index === i % count && value === i) right += 2;
      }
      cancel(worker);
      return right;
    })(),
  );
}

function failAfter(duration: number, n: number, meter: Meter): Promise<number> {
  return run(
    (function* () {
      const ch = new Channel<number>();
      ch.end();
      let failed = 0;
      yield* sleep(now() + 1);
      compute(duration);
      meter.start();
      for (let i = 0; i < n; i++) {
        try {
          yield* receive(ch);
        } catch (e) {
          if (e !== noMore) throw e;
          failed += 1;
        }
      }
      meter.stop();
      return failed;
    })(),
  );
}

function* whisper(left: Channel<number>, right: Channel<number>): Body<void> {
  yield* send(right, (yield* receive(left)) + 1);
}

function* generate(out: Channel<number>): Body<void> {
  for (let x = 2; ; x++) yield* send(out, x);
}

function* filter(left: Channel<number>, right: Channel<number>, prime: number): Body<void> {
  while (true) {
    const x = yield* receive(left);
    if (x % prime !== 0) yield* send(right, x);
  }
}
