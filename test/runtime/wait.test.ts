import { expect } from "chai";
import {
  call,
  type Operation,
  race,
  run as runEffection,
  sleep as effectionSleep,
  spawn,
  suspend,
} from "effection";
import { describe } from "mocha";
import {
  bundle,
  bundleGo,
  bundleWait,
  chmake,
  choose,
  chrecv,
  chsend,
  type Coroutine,
  hclose,
  join,
  msleep,
  now,
  run,
  scope,
  withDeadline,
  yieldNow,
} from "libdill-ts";
import { rejectionOf, thrownBy } from "../support/failure.js";
import { census } from "../support/census.js";
import { itBoth as it } from "../support/it.js";

describe("an operation", () => {
  it("does nothing before it is run", () => {
    const thrower = (): never => {
      throw oops;
    };
    const operations: readonly Operation<unknown>[] = [
      msleep(now() + 5),
      yieldNow(),
      bundleWait(-1 as never, -1),
      join(-1 as never, -1),
      chrecv(-1 as never, -1),
      chsend(-1 as never, 1, -1),
      choose([], -1),
      scope(thrower),
      withDeadline(Number.NaN, thrower),
    ];
    expect(operations).to.have.length(9);
  });

  it("may be run again, also while it runs elsewhere", function* () {
    const [left, right] = chmake<number>();
    const receive = chrecv(right, -1);
    const b = bundle();
    const tasks = [1, 2].map(() => bundleGo(b, take()));
    yield* chsend(left, 1, -1);
    yield* chsend(left, 2, -1);
    expect([yield* join(tasks[0]!, -1), yield* join(tasks[1]!, -1)]).to.deep.equal([1, 2]);
    for (const h of [b, left, right]) hclose(h);

    function* take(): Coroutine<number> {
      return yield* receive;
    }
  });

  it("says what to do when it is run by hand outside a coroutine", () => {
    const problem = thrownBy(() => msleep(-1)[Symbol.iterator]().next());
    expect(String(problem)).to.match(/EINVAL.*outside a coroutine: call it with yield\*/);
  });
});

describe("in an Effection program, an operation", () => {
  it("returns its value", async () => {
    const values = await runEffection(function* () {
      const deadline = now() + 2;
      yield* msleep(deadline);
      expect(now()).to.be.at.least(deadline);
      yield* yieldNow();
      const doubled = yield* scope(function* (b) {
        return 2 * (yield* join(bundleGo(b, give(4)), -1));
      });
      const kept = yield* withDeadline(now() + 100_000, () => give("kept"));
      return [doubled, kept];
    });
    expect(values).to.deep.equal([8, "kept"]);
  });

  it("meets one in another task of Effection's", async () => {
    const [left, right] = chmake<string>();
    const value = await runEffection(function* () {
      const receiver = yield* spawn(function* (): Operation<string> {
        return yield* chrecv(right, -1);
      });
      yield* chsend(left, "hello", -1);
      return yield* receiver;
    });
    expect(value).to.equal("hello");
    hclose(left);
    hclose(right);
  });

  it("meets one in a coroutine", async () => {
    const [left, right] = chmake<number>();
    const coroutine = run(
      (function* () {
        for (let i = 0; i < 100; i++) yield* chsend(left, i, -1);
      })(),
    );
    const sum = await runEffection(function* () {
      let total = 0;
      for (let i = 0; i < 100; i++) total += yield* chrecv(right, -1);
      return total;
    });
    await coroutine;
    expect(sum).to.equal(4950);
    hclose(left);
    hclose(right);
  });

  it("throws its error", async () => {
    const [left, right] = chmake<number>();
    const codes = await runEffection(function* () {
      const seen: unknown[] = [];
      for (const operation of [
        chrecv(left, 0),
        chrecv(left, now() + 1),
        chrecv(-1 as never, -1),
        msleep(Number.NaN),
        withDeadline(now() + 1, sleepForEver),
      ]) {
        try {
          yield* operation;
        } catch (error) {
          seen.push((error as { code?: unknown }).code);
        }
      }
      return seen;
    });
    expect(codes).to.deep.equal(["ETIMEDOUT", "ETIMEDOUT", "EBADF", "EINVAL", "ETIMEDOUT"]);
    hclose(left);
    hclose(right);
  });

  it("rejects Effection's run with its error", async () => {
    const error = await rejectionOf(
      runEffection(function* () {
        yield* scope(function* (b) {
          bundleGo(b, fail());
          yield* msleep(-1);
        });
      }),
    );
    expect(error).to.equal(oops);
  });

  it("leaves nothing behind when it is halted", async () => {
    const [left, right] = chmake<number>();
    const sleeping = bundle();
    bundleGo(sleeping, sleepForEver());
    const before = census();
    const operations: Readonly<Record<string, () => Operation<unknown>>> = {
      msleep: () => msleep(now() + 100_000),
      forEver: () => msleep(-1),
      chrecv: () => chrecv(right, -1),
      chsend: () => chsend(left, 1, now() + 100_000),
      choose: () => choose([{ op: "recv", ch: right }], -1),
      bundleWait: () => bundleWait(sleeping, -1),
      scope: () =>
        scope(function* (b) {
          bundleGo(b, sleepForEver());
          yield* msleep(-1);
        }),
      withDeadline: () => withDeadline(now() + 100_000, sleepForEver),
    };
    for (const [name, operation] of Object.entries(operations)) {
      const task = runEffection(function* () {
        yield* operation();
      });
      await new Promise(setImmediate);
      await task.halt();
      expect(census(), name).to.deep.equal(before);
      // Nobody waits on the channel any more: nobody is there to be met.
      await run(
        (function* () {
          const send = yield* caught(chsend(left, 1, 0));
          const receive = yield* caught(chrecv(right, 0));
          expect([send, receive], name).to.deep.equal(["ETIMEDOUT", "ETIMEDOUT"]);
        })(),
      );
    }
    hclose(sleeping);
    hclose(left);
    hclose(right);
  });

  it("leaves nothing behind when it loses a race", async () => {
    const before = census();
    const winner = await runEffection(function* () {
      return yield* race([
        call(function* (): Operation<string> {
          yield* msleep(-1);
          return "sleeper";
        }),
        call(function* (): Operation<string> {
          yield* effectionSleep(2);
          return "effection";
        }),
      ]);
    });
    expect(winner).to.equal("effection");
    expect(census()).to.deep.equal(before);
  });

  it("is woken by a callback while Effection's other tasks are suspended", async () => {
    const b = bundle();
    bundleGo(b, pause());
    const task = runEffection(function* () {
      const idle = yield* spawn(suspend);
      yield* bundleWait(b, -1);
      yield* idle.halt();
      return "woken";
    });
    expect(await task).to.equal("woken");
    hclose(b);
  });

  it("waits for itself when a coroutine starts the program, which goes on undisturbed", function* () {
    const [left, right] = chmake<number>();
    const ended: number[] = [];
    const programs = [msleep(now() + 1), yieldNow(), chrecv(right, -1)].map(async (operation, i) =>
      runEffection(function* () {
        yield* operation;
        ended.push(i);
      }),
    );
    expect(ended).to.deep.equal([]);
    while (ended.length < 2) yield* msleep(now() + 1);
    yield* chsend(left, 1, -1);
    while (ended.length < 3) yield;
    expect(ended.toSorted((a, b) => a - b)).to.deep.equal([0, 1, 2]);
    expect(programs).to.have.length(3);
    expect(yield* caught(chsend(left, 1, 0))).to.equal("ETIMEDOUT");
    hclose(left);
    hclose(right);
  });

  it("does not disturb a coroutine that starts the program", function* () {
    let effection: Promise<string> | undefined;
    const log: string[] = [];
    effection = Promise.resolve(
      runEffection(function* () {
        yield* effectionSleep(0);
        yield* msleep(now() + 1);
        return "done";
      }),
    );
    yield;
    log.push("went on");
    yield* msleep(now() + 2);
    log.push("slept");
    expect(log).to.deep.equal(["went on", "slept"]);
    const [left, right] = chmake<string>();
    void forward(effection);
    expect(yield* chrecv(right, -1)).to.equal("done");
    hclose(left);
    hclose(right);

    async function forward(value: Promise<string>): Promise<void> {
      const b = bundle();
      bundleGo(b, send(await value));
      hclose(b);
    }
    function* send(value: string): Coroutine {
      yield* chsend(left, value, -1);
    }
  });
});

const oops = new Error("oops");

function* give<T>(value: T): Coroutine<T> {
  yield;
  return value;
}

function* pause(): Coroutine {
  yield* msleep(now() + 1);
}

function* fail(): Coroutine {
  yield;
  throw oops;
}

function* sleepForEver(): Coroutine {
  yield* msleep(-1);
}

function* caught(operation: Operation<unknown>): Coroutine<unknown> {
  try {
    yield* operation;
  } catch (error) {
    return (error as { code?: unknown }).code;
  }
  return undefined;
}
