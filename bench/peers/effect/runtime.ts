// Effect. Queues without a limit where the program allows it, so that an offer never waits; the whole
// program is one runPromise. Takes compete by raceAllFirst(); an offer can't, so in "choose" only the
// takes are races.
import { Effect, Fiber, Queue } from "effect";
import type { Contestants } from "../../contestant.js";
import { timerLead, timerWindow, Turns } from "../turns.js";

export const contestants: Contestants = {
  ctxswitch: (n) =>
    Effect.runPromise(
      Effect.gen(function* () {
        const turns = new Turns();
        const other = yield* Effect.forkChild(takeTurns(turns, n / 2));
        yield* takeTurns(turns, n / 2);
        yield* Fiber.join(other);
        return turns.count;
      }),
    ),

  go: (n) =>
    Effect.runPromise(
      Effect.gen(function* () {
        let ended = 0;
        const worker = Effect.sync(() => {
          ended += 1;
        });
        for (let i = 0; i < n; i++) yield* Fiber.join(yield* Effect.forkChild(worker));
        return ended;
      }),
    ),

  chan: (n) => exchange(n, Queue.take),

  choose: (n) => exchange(n, (queue) => Effect.raceAllFirst([Queue.take(queue)])),

  deadline: (n) => exchange(n, takeInTime, takeInTime),

  choose2: (n) => chooseAmong(2, n),
  choose10: (n) => chooseAmong(10, n),
  choose100: (n) => chooseAmong(100, n),

  done: (n) =>
    Effect.runPromise(
      Effect.gen(function* () {
        let ended = 0;
        for (let i = 0; i < n; i++) {
          const queue = yield* Queue.unbounded<number>();
          const receiver = yield* Effect.forkChild(
            Effect.onInterrupt(Queue.take(queue), () =>
              Effect.sync(() => {
                ended += 1;
              }),
            ),
            { startImmediately: true },
          );
          yield* Queue.shutdown(queue);
          yield* Fiber.await(receiver);
        }
        return ended;
      }),
    ),

  whispers: (n) =>
    Effect.runPromise(
      Effect.gen(function* () {
        const first = yield* Queue.unbounded<number>();
        let left = first;
        for (let i = 0; i < n; i++) {
          const right = yield* Queue.unbounded<number>();
          yield* Effect.forkChild(whisper(left, right));
          left = right;
        }
        yield* Queue.offer(first, 1);
        return yield* Queue.take(left);
      }),
    ),

  timer: (n, meter) =>
    Effect.runPromise(
      Effect.gen(function* () {
        let woken = 0;
        const due = performance.now() + timerLead(n);
        const fibers: Fiber.Fiber<void>[] = [];
        for (let i = 0; i < n; i++) {
          const sleeper = Effect.gen(function* () {
            yield* Effect.sleep(due + (i / n) * timerWindow - performance.now());
            if (woken === 0) meter.start();
            woken += 1;
          });
          fibers.push(yield* Effect.forkChild(sleeper));
        }
        yield* Effect.yieldNow;
        if (performance.now() > due) {
          throw new Error("the first was due before the last was started");
        }
        yield* Fiber.joinAll(fibers);
        meter.stop();
        return woken;
      }),
    ),

  cancel: (n, meter) =>
    Effect.runPromise(
      Effect.gen(function* () {
        let started = 0;
        let ended = 0;
        const start = Effect.sync(() => {
          started += 1;
        });
        const end = Effect.sync(() => {
          ended += 1;
        });
        const worker = Effect.ensuring(Effect.andThen(start, Effect.never), end);
        const parent = yield* Effect.forkChild(
          Effect.gen(function* () {
            for (let i = 0; i < n; i++) yield* Effect.forkChild(worker);
            yield* Effect.never;
          }),
          { startImmediately: true },
        );
        while (started < n) yield* Effect.yieldNow;
        meter.start();
        yield* Fiber.interrupt(parent);
        meter.stop();
        return ended;
      }),
    ),

  // With rendezvous, or the first queue would grow without a limit.
  sieve: (n) =>
    Effect.runPromise(
      Effect.gen(function* () {
        const first = yield* Queue.bounded<number>(0);
        yield* Effect.forkChild(generate(first));
        let left = first;
        let prime = 0;
        for (let i = 0; i < n; i++) {
          prime = yield* Queue.take(left);
          const right = yield* Queue.bounded<number>(0);
          yield* Effect.forkChild(filter(left, right, prime));
          left = right;
        }
        return prime;
      }),
    ),

  blocked: (n, meter) =>
    Effect.runPromise(
      Effect.gen(function* () {
        let count = 0;
        const start = Effect.sync(() => {
          count += 1;
        });
        const worker = Effect.andThen(start, Effect.never);
        meter.start();
        for (let i = 0; i < n; i++) yield* Effect.forkChild(worker);
        yield* Effect.yieldNow;
        meter.stop();
        return count;
      }),
    ),

  blockedOnChannel: (n, meter) =>
    Effect.runPromise(
      Effect.gen(function* () {
        let count = 0;
        const start = Effect.sync(() => {
          count += 1;
        });
        const queues = new Array<Queue.Queue<number>>(n);
        meter.start();
        for (let i = 0; i < n; i++) {
          const queue = yield* Queue.unbounded<number>();
          queues[i] = queue;
          yield* Effect.forkChild(Effect.andThen(start, Queue.take(queue)));
        }
        yield* Effect.yieldNow;
        meter.stop();
        return queues.length === n ? count : 0;
      }),
    ),
};

type Take = (queue: Queue.Queue<number>) => Effect.Effect<number>;

const takeInTime: Take = (queue) => Effect.orDie(Effect.timeout(Queue.take(queue), 60_000));

const takeTurns = Effect.fnUntraced(function* (turns: Turns, n: number) {
  const me = {};
  for (let i = 0; i < n; i++) {
    turns.take(me);
    yield* Effect.yieldNow;
  }
});

/** An echo: `take` is how its answers are received, `takeThere` how it receives. */
function exchange(n: number, take: Take, takeThere: Take = Queue.take): Promise<number> {
  return Effect.runPromise(
    Effect.gen(function* () {
      const requests = yield* Queue.unbounded<number>();
      const answers = yield* Queue.unbounded<number>();
      yield* Effect.forkChild(
        Effect.gen(function* () {
          while (true) yield* Queue.offer(answers, yield* takeThere(requests));
        }),
      );
      let right = 0;
      for (let i = 0; i < n; i += 2) {
        yield* Queue.offer(requests, i);
        if ((yield* take(answers)) === i) right += 2;
      }
      return right;
    }),
  );
}

function chooseAmong(count: number, n: number): Promise<number> {
  return Effect.runPromise(
    Effect.gen(function* () {
      const requests = yield* Queue.unbounded<number>();
      const answers: Queue.Queue<number>[] = [];
      for (let i = 0; i < count; i++) answers.push(yield* Queue.unbounded<number>());
      yield* Effect.forkChild(
        Effect.gen(function* () {
          for (let i = 0; ; i++) {
            yield* Queue.offer(answers[i % count]!, yield* Queue.take(requests));
          }
        }),
      );
      const anyAnswer = Effect.raceAllFirst(answers.map((queue) => Queue.take(queue)));
      let right = 0;
      for (let i = 0; i < n / 2; i++) {
        yield* Queue.offer(requests, i);
        if ((yield* anyAnswer) === i) right += 2;
      }
      return right;
    }),
  );
}

const whisper = Effect.fnUntraced(function* (
  left: Queue.Queue<number>,
  right: Queue.Queue<number>,
) {
  yield* Queue.offer(right, (yield* Queue.take(left)) + 1);
});

const generate = Effect.fnUntraced(function* (out: Queue.Queue<number>) {
  for (let x = 2; ; x++) yield* Queue.offer(out, x);
});

const filter = Effect.fnUntraced(function* (
  left: Queue.Queue<number>,
  right: Queue.Queue<number>,
  prime: number,
) {
  while (true) {
    const x = yield* Queue.take(left);
    if (x % prime !== 0) yield* Queue.offer(right, x);
  }
});
