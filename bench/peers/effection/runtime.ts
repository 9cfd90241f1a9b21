// Effection. Its queues have no limit and adding to one never waits, so a message costs it one wait, not
// two. Receives compete by race(); a send can't, so in "choose" only the receives are races.
import {
  action,
  createQueue,
  type Operation,
  type Queue,
  race,
  run,
  sleep,
  spawn,
  suspend,
} from "effection";
import type { Contestants } from "../../contestant.js";
import { timerLead, timerWindow, Turns } from "../turns.js";

export const contestants: Contestants = {
  ctxswitch: (n) =>
    run(function* () {
      const turns = new Turns();
      const other = yield* spawn(() => takeTurns(turns, n / 2));
      yield* takeTurns(turns, n / 2);
      yield* other;
      return turns.count;
    }),

  go: (n) =>
    run(function* () {
      let ended = 0;
      for (let i = 0; i < n; i++) {
        const task = yield* spawn(function* () {
          ended += 1;
        });
        yield* task;
      }
      return ended;
    }),

  chan: (n) => exchange(n, (queue) => queue.next()),

  choose: (n) => exchange(n, (queue) => race([queue.next()])),

  deadline: (n) =>
    exchange(
      n,
      (queue) => within(60_000, queue.next()),
      (queue) => within(60_000, queue.next()),
    ),

  choose2: (n) => chooseAmong(2, n),
  choose10: (n) => chooseAmong(10, n),
  choose100: (n) => chooseAmong(100, n),

  done: (n) =>
    run(function* () {
      let ended = 0;
      for (let i = 0; i < n; i++) {
        const queue = createQueue<number, void>();
        const receiver = yield* spawn(function* () {
          if ((yield* queue.next()).done) ended += 1;
        });
        queue.close();
        yield* receiver;
      }
      return ended;
    }),

  whispers: (n) =>
    run(function* () {
      const first = createQueue<number, never>();
      let left = first;
      for (let i = 0; i < n; i++) {
        const right = createQueue<number, never>();
        yield* spawn(whisper(left, right));
        left = right;
      }
      first.add(1);
      return (yield* left.next()).value;
    }),

  timer: (n, meter) =>
    run(function* () {
      let woken = 0;
      const due = performance.now() + timerLead(n);
      const tasks = [];
      for (let i = 0; i < n; i++) {
        const task = yield* spawn(function* () {
          yield* sleep(due + (i / n) * timerWindow - performance.now());
          if (woken === 0) meter.start();
          woken += 1;
        });
        tasks.push(task);
      }
      if (performance.now() > due) throw new Error("the first was due before the last was started");
      for (const task of tasks) yield* task;
      meter.stop();
      return woken;
    }),

  cancel: (n, meter) =>
    run(function* () {
      let ended = 0;
      const parent = yield* spawn(function* () {
        for (let i = 0; i < n; i++) {
          yield* spawn(function* () {
            try {
              yield* suspend();
            } finally {
              ended += 1;
            }
          });
        }
        yield* suspend();
      });
      yield* sleep(0);
      meter.start();
      yield* parent.halt();
      meter.stop();
      return ended;
    }),

  sieve: (n) =>
    run(function* () {
      const first = createQueue<number, never>();
      const more = createQueue<void, never>();
      yield* spawn(function* () {
        // A queue has no limit: without being asked, this would never let the others run.
        for (let x = 2; ; x++) {
          yield* more.next();
          first.add(x);
        }
      });
      let left = first;
      let prime = 0;
      for (let i = 0; i < n; i++) {
        const found = left;
        prime = yield* ask(more, found);
        const right = createQueue<number, never>();
        const divisor = prime;
        yield* spawn(function* () {
          while (true) {
            const { value } = yield* found.next();
            if (value % divisor === 0) more.add();
            else right.add(value);
          }
        });
        left = right;
      }
      return prime;
    }),

  blocked: (n, meter) =>
    run(function* () {
      let count = 0;
      meter.start();
      for (let i = 0; i < n; i++) {
        yield* spawn(function* () {
          count += 1;
          yield* suspend();
        });
      }
      yield* sleep(0);
      meter.stop();
      return count;
    }),

  blockedOnChannel: (n, meter) =>
    run(function* () {
      let count = 0;
      const queues = new Array<Queue<number, never>>(n);
      meter.start();
      for (let i = 0; i < n; i++) {
        const queue = createQueue<number, never>();
        queues[i] = queue;
        yield* spawn(function* () {
          count += 1;
          yield* queue.next();
        });
      }
      yield* sleep(0);
      meter.stop();
      return queues.length === n ? count : 0;
    }),
};

type Receive = (queue: Queue<number, never>) => Operation<IteratorResult<number, never>>;

function* takeTurns(turns: Turns, n: number): Operation<void> {
  const me = {};
  for (let i = 0; i < n; i++) {
    turns.take(me);
    yield* nextTurn();
  }
}

/** There is no operation that only lets the others run, and one that is over at once does not. */
function nextTurn(): Operation<void> {
  return action((resolve) => {
    queueMicrotask(resolve);
    return () => {};
  });
}

/** An echo: `receive` is how its answers are received, `receiveThere` how it receives. */
function exchange(
  n: number,
  receive: Receive,
  receiveThere: Receive = (queue) => queue.next(),
): Promise<number> {
  return run(function* () {
    const requests = createQueue<number, never>();
    const answers = createQueue<number, never>();
    yield* spawn(function* () {
      while (true) answers.add((yield* receiveThere(requests)).value);
    });
    let right = 0;
    for (let i = 0; i < n; i += 2) {
      requests.add(i);
      if ((yield* receive(answers)).value === i) right += 2;
    }
    return right;
  });
}

function within<T>(ms: number, operation: Operation<T>): Operation<T> {
  return race([
    operation,
    (function* () {
      yield* sleep(ms);
      throw new Error("too late");
    })(),
  ]);
}

function chooseAmong(count: number, n: number): Promise<number> {
  return run(function* () {
    const requests = createQueue<number, never>();
    const answers = Array.from({ length: count }, () => createQueue<number, never>());
    yield* spawn(function* () {
      for (let i = 0; ; i++) answers[i % count]!.add((yield* requests.next()).value);
    });
    let right = 0;
    for (let i = 0; i < n / 2; i++) {
      requests.add(i);
      const { value } = yield* race(answers.map((queue) => queue.next()));
      if (value === i) right += 2;
    }
    return right;
  });
}

function whisper(left: Queue<number, never>, right: Queue<number, never>) {
  return function* (): Operation<void> {
    right.add((yield* left.next()).value + 1);
  };
}

/** Has numbers sent down the pipeline until one comes out. */
function* ask(more: Queue<void, never>, out: Queue<number, never>): Operation<number> {
  more.add();
  return (yield* out.next()).value;
}
