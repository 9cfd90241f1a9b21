// What holds for every operation that can wait.
import { expect } from "chai";
import { run as effectionRun, sleep, spawn } from "effection";
import { describe } from "mocha";
import {
  bundle,
  type Bundle,
  bundleGo,
  bundleWait,
  type Coroutine,
  go,
  type Handle,
  hclose,
  join,
  msleep,
  now,
  type Operation,
  run,
  scope,
  until,
  withDeadline,
} from "libdill-ts";
import { asCoroutine, type Log, nameOf, saying } from "../support/cutShort.js";
import { census } from "../support/census.js";
import { rejectionOf, thrownBy } from "../support/failure.js";
import { fail, failOnCancel } from "../support/failing.js";
import { it as itOnNode, itWith } from "../support/it.js";
import type { Waiting, Waits } from "../support/operationCase.js";
import { operationObjects, operations } from "../support/operations.js";

/** What the language does to something iterable without `yield*`. */
const takers: Readonly<Record<string, (taken: Iterable<unknown>) => void>> = {
  "by a list pattern"(taken) {
    const [first] = taken;
    void first;
  },
  "by an empty list pattern"(taken) {
    const [,] = taken;
  },
  "by a spread": (taken) => void [...taken],
  "by a loop"(taken) {
    for (const part of taken) void part;
  },
  "by Array.from": (taken) => void Array.from(taken),
};

for (const operation of operationObjects) {
  describe(`${operation.name}, taken apart`, () => {
    const it = itWith(operation);
    for (const [how, take] of Object.entries(takers)) {
      it(`${how}, is EINVAL and nothing has happened`, function* () {
        const waiting = yield* operation.set();
        const op = waiting.op();
        const before = census();
        const error = thrownBy(() => take(op as Operation<unknown> as never));
        expect(nameOf(error)).to.equal("EINVAL");
        expect(String(error)).to.include("yield*");
        expect(census()).to.deep.equal(before);
        yield* succeed(waiting, waiting.op());
        waiting.close();
      });

      it(`inside a helper, ${how}, is EINVAL and nobody waits`, function* () {
        const waiting = yield* operation.set();
        const op = waiting.op();
        const before = { ...census(), coroutines: 0 };
        const taken: Iterable<unknown> = helper(op);
        const error = thrownBy(() => take(taken));
        expect(nameOf(error)).to.equal("EINVAL");
        if (!operation.takesHandle) {
          expect({ ...census(), coroutines: 0 }).to.deep.equal(before);
        }
        // Some bytes have gone out, and so the direction is broken.
        if (operation.isRepeatable) yield* succeed(waiting, waiting.op());
        waiting.close();
      });
    }
  });
}

for (const operation of operations) {
  describe(operation.name, () => {
    const it = itWith(operation);
    it("swallowed for ever in a coroutine that is closed is ended, and EDEADLK", function* () {
      const waiting = yield* operation.set();
      const log: Log = [];
      const op = waiting.op(); // again and again the same, as some of them make a bundle of their own first
      const h = go(swallow());
      expect(nameOf(thrownBy(() => hclose(h)))).to.equal("EDEADLK");
      expect(log).to.deep.equal(["ended"]);
      waiting.close();

      function* swallow(): Coroutine {
        try {
          for (;;) {
            try {
              yield* operation.isObject ? op : waiting.op();
            } catch {
              // And on it goes.
            }
          }
        } finally {
          log.push("ended");
        }
      }
    });

    it("in a canceled coroutine throws without a wait", function* () {
      const waiting = yield* operation.set();
      const log: Log = [];
      const h = go(
        (function* () {
          try {
            yield* msleep(-1);
          } finally {
            yield* saying(log, "", () => asCoroutine(waiting.op() as Operation<unknown>));
          }
        })(),
      );
      hclose(h);
      expect(log).to.deep.equal(["ECANCELED"]);
      waiting.close();
    });

    it("gives the same result to a wait that came after one that was canceled", function* () {
      const waiting = yield* operation.set();
      const first = go(asCoroutine(waiting.op() as Operation<unknown>));
      hclose(first);
      if (!operation.isRepeatable) return; // its direction is broken now
      yield* succeed(waiting, waiting.op());
      waiting.close();
    });
  });
}

describe("in an Effection program that a coroutine has started", () => {
  for (const operation of operationObjects) {
    const it = itWith(operation);
    it(`${operation.name} can be halted, and leaves nothing behind`, function* () {
      const waiting = yield* operation.set();
      const before = census();
      yield* until(
        effectionRun(function* () {
          const task = yield* spawn(function* () {
            yield* waiting.op() as Operation<unknown>;
          });
          yield* sleep(2);
          yield* task.halt();
        }),
        -1,
      );
      const { handles, ...others } = census();
      expect(others).to.deep.equal({ deadlines: before.deadlines, coroutines: before.coroutines });
      expect(handles).to.be.at.most(before.handles); // some have taken theirs over
      if (operation.takesHandle) expect(handles).to.be.at.most(before.handles);
      else expect(handles).to.equal(before.handles);
      waiting.close();
    });

    it(`${operation.name} gets its result`, function* () {
      const waiting = yield* operation.set();
      const { release } = waiting;
      if (release !== undefined) {
        const program = effectionRun(function* () {
          const value = yield* waiting.op() as Operation<unknown>;
          if (operation.makesHandle) hclose(value as Handle); // it belongs to no run
          return "done";
        });
        yield* msleep(now() + 1);
        if (operation.name !== "bundleClose") yield* release(); // which ends by itself
        expect(yield* until(program, now() + 1000)).to.equal("done");
      }
      waiting.close();
    });

    it(`${operation.name} gets EBADF or goes on when what it waits on is closed`, function* () {
      const waiting = yield* operation.set();
      const task = effectionRun(function* () {
        try {
          yield* waiting.op() as Operation<unknown>;
          return "done";
        } catch (error) {
          return nameOf(error);
        }
      });
      yield* msleep(now() + 2);
      waiting.close();
      yield* msleep(now() + 5);
      const ended = yield* until(Promise.race([task, Promise.resolve("waits")]), -1);
      expect(ended).to.be.oneOf(["EBADF", "EPIPE", "done", "waits"]);
      yield* until(task.halt(), -1);
    });
  }
});

describe("begun by hand and left in the middle", () => {
  for (const operation of operationObjects) {
    // The one has closed its bundle by then, and the other has broken its direction.
    if (operation.takesHandle || !operation.isRepeatable) continue;
    const it = itWith(operation);

    it(`${operation.name} lets a sibling's failure, and a bare yield, reach its coroutine`, function* () {
      const waiting = yield* operation.set();
      const log: Log = [];
      const b = bundle();
      bundleGo(b, startFailing());
      yield* msleep(now() + 5);
      expect(nameOf(thrownBy(() => hclose(b)))).to.equal("oops");
      expect(log).to.deep.equal(["went on", "ECANCELED", "ended"]);
      waiting.close();

      function* startFailing(): Coroutine {
        try {
          helper(waiting.op()).next();
          yield;
          helper(waiting.op()).next();
          bundleGo(b, fail(new Error("oops")));
          log.push("went on");
          yield* saying(log, "", () => asCoroutine(msleep(-1)));
        } finally {
          log.push("ended");
        }
      }
    });

    if (operation.name === "yieldNow") continue; // nothing is there to be lost
    it(`${operation.name} is EINVAL when it is resumed by hand after that`, function* () {
      const waiting = yield* operation.set();
      const steps = helper(waiting.op());
      steps.next();
      yield;
      expect(nameOf(thrownBy(() => steps.next()))).to.be.oneOf(["EINVAL", "EBADF"]);
      waiting.close();
    });
  }
});

/** Blocks with a coroutine that fails when it is canceled. */
const failingBlocks: Readonly<Record<string, () => Operation<unknown>>> = {
  scope: () =>
    scope(function* (b) {
      bundleGo(b, failOnCancel(new Error("oops")));
    }),
  withDeadline: () => withDeadline(-1, () => failOnCancel(new Error("oops"))),
};

describe("a block begun by hand, whose coroutine fails as it is taken back", () => {
  for (const [name, block] of Object.entries(failingBlocks)) {
    itOnNode(`${name} is an error of the run, though its coroutine returns`, async () => {
      const error = await rejectionOf(run(inBundle(() => {})));
      expect(nameOf(error)).to.equal("oops");
    });

    itOnNode(`${name} is an error of the run, though its coroutine is canceled`, async () => {
      const cancel = (b: Bundle): void => void bundleGo(b, fail(new Error("sibling")));
      const error = await rejectionOf(run(inBundle(cancel)));
      expect((error as AggregateError).errors.map(nameOf)).to.have.members(["oops", "sibling"]);
    });

    function* inBundle(then: (b: Bundle) => void): Coroutine {
      const b = bundle();
      bundleGo(b, begin());
      yield* bundleWait(b, now() + 1000);

      function* begin(): Coroutine {
        yield;
        helper(block()).next();
        then(b);
      }
    }
  }
});

/** Waits in the operation, and lets it succeed. */
function* succeed(waiting: Waiting, operation: Waits): Coroutine {
  if (waiting.release === undefined) return;
  const b = bundle();
  const task = bundleGo(b, asCoroutine(operation as Operation<unknown>));
  yield* waiting.release();
  yield* join(task, now() + 1000);
  hclose(b);
}

function* helper(operation: Waits): Coroutine {
  yield* operation;
}
