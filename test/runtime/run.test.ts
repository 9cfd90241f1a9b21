import { expect } from "chai";
import { describe } from "mocha";
import {
  bundle,
  bundleGo,
  bundleWait,
  chmake,
  chrecv,
  chsend,
  type Coroutine,
  DillError,
  go,
  type Handle,
  hclose,
  hmake,
  isErrno,
  msleep,
  now,
  run,
  yieldNow,
} from "libdill-ts";
import { rejectionOf, thrownIn } from "../support/failure.js";
import { census } from "../support/census.js";
import { itBoth as it } from "../support/it.js";

describe("run", () => {
  it("resolves with the main coroutine's value", async () => {
    const value: number = await run(
      (function* () {
        yield;
        return 42;
      })(),
    );
    expect(value).to.equal(42);
  });

  it("starts the main coroutine before it returns", async () => {
    let hasStarted = false;
    const done = run(
      (function* () {
        hasStarted = true;
      })(),
    );
    expect(hasStarted).to.equal(true);
    await done;
  });

  it("rejects with what the main coroutine threw, whatever that is", async () => {
    for (const thrown of [new Error("oops"), "text", null, undefined]) {
      const error = await rejectionOf(
        run(
          (function* () {
            yield;
            throw thrown;
          })(),
        ),
      );
      expect(error).to.equal(thrown);
    }
  });

  it("cancels what is still running, and closes what is open, newest first", async () => {
    const log: string[] = [];
    await run(
      (function* () {
        resource(log, "first");
        go(linger(log, "coroutine"));
        resource(log, "second");
        bundle();
        chmake();
        yield;
        log.push("main");
      })(),
    );
    expect(log).to.deep.equal(["main", "coroutine", "second", "first"]);
  });

  it("settles only then", async () => {
    const log: string[] = [];
    const h = { closes: 0 };
    const done = run(
      (function* () {
        hmake({ query: () => undefined, close: () => void h.closes++ });
        go(linger(log, "ended"));
        yield;
      })(),
    ).then(() => log.push("settled"));
    await done;
    expect(log).to.deep.equal(["ended", "settled"]);
    expect(h.closes).to.equal(1);
  });

  it("does so also when the main coroutine fails", async () => {
    const log: string[] = [];
    const error = await rejectionOf(
      run(
        (function* () {
          resource(log, "handle");
          go(linger(log, "coroutine"));
          throw oops;
        })(),
      ),
    );
    expect(error).to.equal(oops);
    expect(log).to.deep.equal(["coroutine", "handle"]);
  });

  it("rejects with one AggregateError for the errors that come up at the end", async () => {
    const other = new Error("other");
    const error = await rejectionOf(
      run(
        (function* () {
          hmake({
            query: () => undefined,
            close: () => {
              throw other;
            },
          });
          throw oops;
        })(),
      ),
    );
    expect(error).to.be.instanceOf(AggregateError);
    expect((error as AggregateError).errors).to.deep.equal([oops, other]);
  });

  it("closes what coroutines made that are canceled by the end", async () => {
    const log: string[] = [];
    await run(
      (function* () {
        go(
          (function* () {
            resource(log, "grandchild's");
            go(linger(log, "grandchild"));
            yield* msleep(-1);
          })(),
        );
      })(),
    );
    expect(log).to.deep.equal(["grandchild", "grandchild's"]);
  });

  describe("signal", () => {
    it("cancels the main coroutine as hclose cancels any other", async () => {
      const controller = new AbortController();
      const log: unknown[] = [];
      const done = run(
        (function* () {
          try {
            yield* msleep(-1);
          } catch (error) {
            log.push(isErrno(error, "ECANCELED"));
            log.push(isErrno(yield* thrownIn(yieldNow()), "ECANCELED"));
            return "ended";
          }
          return "slept";
        })(),
        { signal: controller.signal },
      );
      controller.abort();
      expect(await done).to.equal("ended");
      expect(log).to.deep.equal([true, true]);
    });

    it("rejects with ECANCELED, whose cause is the reason", async () => {
      const reason = new Error("enough");
      const controller = new AbortController();
      const done = run(sleep(), { signal: controller.signal });
      controller.abort(reason);
      const error = await rejectionOf(done);
      expect(error).to.be.instanceOf(DillError);
      expect(error).to.include({ code: "ECANCELED", cause: reason });
    });

    it("ends what runs under the main coroutine, too", async () => {
      const controller = new AbortController();
      const log: string[] = [];
      const done = run(
        (function* () {
          go(linger(log, "child"));
          yield* msleep(-1);
        })(),
        { signal: controller.signal },
      );
      controller.abort();
      expect(await rejectionOf(done)).to.include({ code: "ECANCELED" });
      expect(log).to.deep.equal(["child"]);
    });

    it("that is aborted already still starts the coroutine, which then can't wait", async () => {
      let hasStarted = false;
      const done = run(
        (function* () {
          hasStarted = true;
          yield* msleep(-1);
        })(),
        { signal: AbortSignal.abort() },
      );
      expect(hasStarted).to.equal(true);
      expect(await rejectionOf(done)).to.include({ code: "ECANCELED" });
    });

    it("may be aborted by a coroutine of the run", async () => {
      const controller = new AbortController();
      const done = run(
        (function* () {
          go(
            (function* () {
              yield;
              controller.abort();
              yield;
            })(),
          );
          yield* msleep(-1);
        })(),
        { signal: controller.signal },
      );
      expect(await rejectionOf(done)).to.include({ code: "ECANCELED" });
    });

    it("means nothing once the run has ended", async () => {
      const controller = new AbortController();
      expect(await run(give(1), { signal: controller.signal })).to.equal(1);
      controller.abort();
    });

    it("lets a long-pending signal keep the run waiting: that is no deadlock", async () => {
      const controller = new AbortController();
      setTimeout(() => controller.abort(), 5);
      const done = run(sleep(), { signal: controller.signal });
      expect(await rejectionOf(done)).to.include({ code: "ECANCELED" });
    });
  });

  describe("errors", () => {
    it("rejects with EINVAL for what is no coroutine, and says what to write", async () => {
      const error = await rejectionOf(run(sleep as never));
      expect(error).to.include({ code: "EINVAL", syscall: "run" });
      expect(String(error)).to.include("write run(sleep()), not run(sleep)");
      for (const bad of [undefined, null, 1, Promise.resolve(), msleep(-1)]) {
        expect(await rejectionOf(run(bad as never))).to.include({ code: "EINVAL" });
      }
    });

    it("gives an ECANCELED that gets out a native error's shape", async () => {
      const error = await rejectionOf(
        run(
          (function* () {
            const h = go(sleep());
            const task = bundleGo(h, sleep());
            hclose(h);
            void task;
            const [, right] = chmake();
            yield* chrecv(right, 0);
          })(),
        ),
      );
      expect(error).to.include({ code: "ETIMEDOUT", syscall: "chrecv" });
      expect(Object.prototype.toString.call(error)).to.equal("[object Error]");
    });
  });

  describe("several at once", () => {
    it("share the thread and settle on their own", async () => {
      const values = await Promise.all(
        Array.from({ length: 20 }, (_, i) =>
          run(
            (function* () {
              for (let turn = 0; turn < 20 - i; turn++) yield;
              yield* msleep(now() + 1);
              return i;
            })(),
          ),
        ),
      );
      expect(values).to.deep.equal(Array.from({ length: 20 }, (_, i) => i));
    });

    it("closing one touches no other", async () => {
      const log: string[] = [];
      const [left, right] = chmake<string>();
      const other = run(
        (function* () {
          resource(log, "other's handle");
          go(linger(log, "other's coroutine"));
          return yield* chrecv(right, -1);
        })(),
      );
      await run(
        (function* () {
          resource(log, "own handle");
          go(linger(log, "own coroutine"));
          yield;
        })(),
      );
      expect(log).to.deep.equal(["own coroutine", "own handle"]);
      await run(
        (function* () {
          yield* chsend(left, "hello", -1);
        })(),
      );
      expect(await other).to.equal("hello");
      hclose(left);
      hclose(right);
    });

    it("may be started inside one another", async () => {
      let inner: Promise<number> | undefined;
      const outer = await run(
        (function* () {
          inner = run(
            (function* () {
              yield* msleep(now() + 1);
              return 1;
            })(),
          );
          yield;
          return 2;
        })(),
      );
      expect([outer, await inner]).to.deep.equal([2, 1]);
    });
  });

  describe("fairness", () => {
    it("gives timers and immediates their turn while coroutines yield for ever", async () => {
      const seen: string[] = [];
      const b: { handle?: Handle } = {};
      const done = run(
        (function* () {
          const spinners = bundle();
          b.handle = spinners;
          bundleGo(spinners, spin());
          bundleGo(spinners, spinWithOperation());
          yield* thrownIn(bundleWait(spinners, -1));
        })(),
      );
      await new Promise<void>((resolve) => {
        setImmediate(() => {
          seen.push("immediate");
          setTimeout(() => {
            seen.push("timer");
            resolve();
          }, 2);
        });
      });
      hclose(b.handle as Handle);
      await done;
      expect(seen).to.deep.equal(["immediate", "timer"]);
    });

    it("wakes a sleeper while another coroutine yields for ever", function* () {
      const h = go(spin());
      const deadline = now() + 3;
      yield* msleep(deadline);
      expect(now()).to.be.at.least(deadline);
      hclose(h);
    });

    it("lets a deadline hit while others yield for ever", function* () {
      const [left, right] = chmake();
      const h = go(spin());
      expect(yield* thrownIn(chrecv(left, now() + 2))).to.include({ code: "ETIMEDOUT" });
      for (const open of [left, right, h]) hclose(open);
    });
  });

  describe("leaves nothing behind", () => {
    it("after a value, an error and an abort", async () => {
      const before = census();
      await run(busy());
      await rejectionOf(run(busy(oops)));
      const controller = new AbortController();
      const done = run(busy(undefined, -1), { signal: controller.signal });
      controller.abort();
      await rejectionOf(done);
      expect(census()).to.deep.equal(before);
    });
  });
});

const oops = new Error("oops");

function resource(log: string[], name: string): Handle {
  return hmake({ query: () => undefined, close: () => void log.push(name) });
}

function* linger(log: string[], name: string): Coroutine {
  try {
    yield* msleep(-1);
  } finally {
    log.push(name);
  }
}

function* busy(error?: Error, deadline = 0): Coroutine {
  const [left] = chmake<number>();
  go(sleep());
  bundleGo(bundle(), sender(left));
  yield* msleep(deadline);
  if (error !== undefined) throw error;
}

function* sender(left: Parameters<typeof chsend<number, number>>[0]): Coroutine {
  yield* chsend(left, 1, now() + 100_000);
}

function* give<T>(value: T): Coroutine<T> {
  yield;
  return value;
}

function* sleep(): Coroutine {
  yield* msleep(-1);
}

function* spin(): Coroutine {
  for (;;) yield;
}

function* spinWithOperation(): Coroutine {
  for (;;) yield* yieldNow();
}
