import { expect } from "chai";
import {
  bundle,
  bundleGo,
  chmake,
  chrecv,
  chsend,
  type Coroutine,
  type DillError,
  go,
  type Handle,
  hclose,
  hmake,
  isErrno,
  join,
  msleep,
  now,
  run,
  yieldNow,
} from "libdill-ts";
import { it } from "../support/it.js";

function* forever(log: string[], name: string): Coroutine {
  try {
    yield* msleep(-1);
  } finally {
    log.push(name);
  }
}

function noted(log: string[], name: string): Handle {
  return hmake({ query: () => undefined, close: () => void log.push(name) });
}

function* fail(message: string): Coroutine {
  yield* yieldNow();
  throw new Error(message);
}

async function errorOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (e) {
    return e;
  }
  throw new Error("it did not reject");
}

describe("run", () => {
  it("gives the value of the main coroutine", async () => {
    const value = await run(
      (function* () {
        yield* msleep(now() + 5);
        return 42;
      })(),
    );
    expect(value).to.equal(42);
  });

  it("gives the value of a generator that yields nothing", async () => {
    const value = await run(
      (function* (): Coroutine<string> {
        return "at once";
      })(),
    );
    expect(value).to.equal("at once");
  });

  it("starts the main coroutine before it returns", async () => {
    const log: string[] = [];
    const running = run(
      (function* () {
        log.push("started");
        yield* yieldNow();
      })(),
    );
    log.push("returned");
    await running;
    expect(log).to.deep.equal(["started", "returned"]);
  });

  it("rejects with what the main coroutine threw", async () => {
    const thrown = new Error("mine");
    const error = await errorOf(
      run(
        (function* () {
          yield* yieldNow();
          throw thrown;
        })(),
      ),
    );
    expect(error).to.equal(thrown);
  });

  it("rejects with what was thrown before the first suspension", async () => {
    const thrown = new Error("at once");
    const error = await errorOf(
      run(
        (function* (): Coroutine {
          throw thrown;
        })(),
      ),
    );
    expect(error).to.equal(thrown);
  });

  it("says how to call a coroutine function that it was handed uncalled", async () => {
    function* program(): Coroutine {}
    const error = await errorOf(run(program as unknown as Coroutine));
    expect(isErrno(error, "EINVAL")).to.be.true;
    expect((error as Error).message).to.contain("run(program())");
  });

  for (const [what, mistake] of [
    ["an operation", msleep(-1)],
    ["a promise", Promise.resolve()],
    ["undefined", undefined],
  ] as const) {
    it(`rejects ${what} with EINVAL`, async () => {
      const error = await errorOf(run(mistake as unknown as Coroutine));
      expect(isErrno(error, "EINVAL")).to.be.true;
    });
  }

  describe("with a signal", () => {
    it("rejects with ECANCELED, caused by the signal's reason, when it is aborted", async () => {
      const log: string[] = [];
      const controller = new AbortController();
      const running = run(forever(log, "finally"), { signal: controller.signal });
      const reason = new Error("enough");
      controller.abort(reason);
      const error = await errorOf(running);
      expect(isErrno(error, "ECANCELED")).to.be.true;
      expect((error as DillError).cause).to.equal(reason);
      expect(log).to.deep.equal(["finally"]);
    });

    it("starts the main coroutine although the signal was aborted before, and lets it wait for nothing", async () => {
      const log: string[] = [];
      const error = await errorOf(
        run(forever(log, "finally"), { signal: AbortSignal.abort("early") }),
      );
      expect(isErrno(error, "ECANCELED")).to.be.true;
      expect((error as DillError).cause).to.equal("early");
      expect(log).to.deep.equal(["finally"]);
    });

    it("fulfills with what the canceled main coroutine returned all the same", async () => {
      const controller = new AbortController();
      const running = run(
        (function* () {
          try {
            yield* msleep(-1);
          } catch (e) {
            if (!isErrno(e, "ECANCELED")) throw e;
          }
          return "cleaned up";
        })(),
        { signal: controller.signal },
      );
      controller.abort();
      expect(await running).to.equal("cleaned up");
    });

    it("can be aborted by the main coroutine itself, whose next wait ends", async () => {
      const controller = new AbortController();
      const log: string[] = [];
      const error = await errorOf(
        run(
          (function* () {
            controller.abort("myself");
            log.push("still running");
            yield* msleep(-1);
            log.push("never");
          })(),
          { signal: controller.signal },
        ),
      );
      expect(isErrno(error, "ECANCELED")).to.be.true;
      expect((error as DillError).cause).to.equal("myself");
      expect(log).to.deep.equal(["still running"]);
    });

    it("can be aborted by a coroutine of the run", async () => {
      const controller = new AbortController();
      const log: string[] = [];
      const error = await errorOf(
        run(
          (function* () {
            go(
              (function* () {
                yield* yieldNow();
                controller.abort("child");
                yield* forever(log, "child");
              })(),
            );
            yield* forever(log, "main");
          })(),
          { signal: controller.signal },
        ),
      );
      expect(isErrno(error, "ECANCELED")).to.be.true;
      expect(log).to.deep.equal(["main", "child"]);
    });

    it("listens to the signal no more once it has ended", async () => {
      const controller = new AbortController();
      const value = await run(
        (function* () {
          yield* yieldNow();
          return 1;
        })(),
        { signal: controller.signal },
      );
      controller.abort();
      expect(value).to.equal(1);
    });
  });

  describe("at the end of the main coroutine", () => {
    it("cancels what is still running, then closes the handles, the newest first", async () => {
      const log: string[] = [];
      await run(
        (function* () {
          noted(log, "handle 1");
          go(forever(log, "coroutine 1"));
          noted(log, "handle 2");
          bundleGo(bundle(), forever(log, "coroutine 2"));
          noted(log, "handle 3");
          yield* yieldNow();
          log.push("main");
        })(),
      );
      expect(log).to.deep.equal([
        "main",
        "coroutine 2",
        "coroutine 1",
        "handle 3",
        "handle 2",
        "handle 1",
      ]);
    });

    it("does so also when the main coroutine fails", async () => {
      const log: string[] = [];
      const error = await errorOf(
        run(
          (function* (): Coroutine {
            noted(log, "handle");
            go(forever(log, "coroutine"));
            throw new Error("main");
          })(),
        ),
      );
      expect((error as Error).message).to.equal("main");
      expect(log).to.deep.equal(["coroutine", "handle"]);
    });

    it("ends what the coroutines themselves have started", async () => {
      const log: string[] = [];
      await run(
        (function* () {
          go(
            (function* () {
              go(forever(log, "grandchild"));
              yield* forever(log, "child");
            })(),
          );
          yield* yieldNow();
        })(),
      );
      expect(log).to.have.members(["child", "grandchild"]);
    });
  });

  describe("with errors that nobody asks for", () => {
    it("rejects with the error", async () => {
      const error = await errorOf(
        run(
          (function* () {
            go(fail("unasked"));
            yield* msleep(now() + 5);
          })(),
        ),
      );
      expect((error as Error).message).to.equal("unasked");
    });

    it("rejects with an AggregateError of several", async () => {
      const error = await errorOf(
        run(
          (function* () {
            go(fail("one"));
            go(fail("two"));
            yield* msleep(now() + 5);
          })(),
        ),
      );
      expect(error).to.be.instanceOf(AggregateError);
      const messages = (error as AggregateError).errors.map((e) => (e as Error).message);
      expect(messages).to.have.members(["one", "two"]);
    });

    it("names the main coroutine's own error first", async () => {
      const error = await errorOf(
        run(
          (function* () {
            go(fail("child"));
            yield* msleep(now() + 5);
            throw new Error("main");
          })(),
        ),
      );
      const messages = (error as AggregateError).errors.map((e) => (e as Error).message);
      expect(messages).to.deep.equal(["main", "child"]);
    });

    it("reports what a handle's close has thrown", async () => {
      const error = await errorOf(
        run(
          (function* (): Coroutine {
            const close = (): never => {
              throw new Error("close");
            };
            hmake({ query: () => undefined, close });
          })(),
        ),
      );
      expect((error as Error).message).to.equal("close");
    });

    it("rejects with nothing that was asked for", async () => {
      await run(
        (function* () {
          const h = go(fail("asked"));
          try {
            yield* join(h, -1);
          } catch (e) {
            expect((e as Error).message).to.equal("asked");
          }
        })(),
      );
    });
  });

  describe("several times in one process", () => {
    it("shares the thread", async () => {
      const log: string[] = [];
      function* counting(name: string): Coroutine {
        for (let i = 1; i <= 3; i++) {
          log.push(`${name}${i}`);
          yield;
        }
      }
      await Promise.all([run(counting("a")), run(counting("b"))]);
      expect(log).to.deep.equal(["a1", "b1", "a2", "b2", "a3", "b3"]);
    });

    it("ends one without touching the other", async () => {
      const log: string[] = [];
      const [a, b] = await Promise.all(
        ["short", "long"].map(async (name) =>
          run(
            (function* () {
              const h = noted(log, `${name}'s handle`);
              const child = go(forever(log, `${name}'s child`));
              if (name === "short") return h;
              // The other run has ended, and its sweep is over, by the time this goes on.
              yield* msleep(now() + 20);
              expect(log).to.deep.equal(["short's child", "short's handle"]);
              hclose(child);
              hclose(h);
              return h;
            })(),
          ),
        ),
      );
      expect(a).not.to.equal(b);
      expect(log).to.have.length(4);
    });

    it("lets coroutines of two runs talk over a channel", async () => {
      const [a, b] = chmake<string>();
      const [sent] = await Promise.all([
        run(
          (function* () {
            yield* chsend(a, "hello", -1);
            return "sent";
          })(),
        ),
        run(
          (function* () {
            expect(yield* chrecv(b, -1)).to.equal("hello");
          })(),
        ),
      ]);
      expect(sent).to.equal("sent");
      hclose(a);
      hclose(b);
    });

    it("starts a run of its own when called in a coroutine", async () => {
      const log: string[] = [];
      let inner: Promise<string> | undefined;
      await run(
        (function* () {
          inner = run(
            (function* () {
              noted(log, "inner handle");
              yield* msleep(now() + 20);
              log.push("inner main");
              return "inner";
            })(),
          );
          noted(log, "outer handle");
          yield* yieldNow();
          log.push("outer main");
        })(),
      );
      expect(log).to.deep.equal(["outer main", "outer handle"]);
      expect(await inner).to.equal("inner");
      expect(log.slice(2)).to.deep.equal(["inner main", "inner handle"]);
    });
  });
});
