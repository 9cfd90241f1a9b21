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
  go,
  hclose,
  hmake,
  isErrno,
  join,
  msleep,
  now,
  run,
  yieldNow,
} from "libdill-ts";
import { rejectionOf, thrownBy, thrownIn } from "../support/failure.js";
import { itBoth as it } from "../support/it.js";

describe("bundle", () => {
  it("closes empty", function* () {
    hclose(bundle());
  });

  it("can be made and used by a callback outside any coroutine", async () => {
    const b = bundle();
    let isDone = false;
    bundleGo(b, finish());
    await run(
      (function* () {
        yield* bundleWait(b, -1);
      })(),
    );
    hclose(b);
    expect(isDone).to.equal(true);

    function* finish(): Coroutine {
      yield* msleep(now() + 1);
      isDone = true;
    }
  });

  it("throws ECANCELED in a coroutine that is being canceled", function* () {
    let error: unknown;
    const h = go(
      (function* () {
        try {
          yield* msleep(-1);
        } finally {
          error = thrownBy(bundle);
        }
      })(),
    );
    hclose(h);
    expect(error).to.include({ code: "ECANCELED", syscall: "bundle" });
  });
});

describe("bundleGo", () => {
  it("starts the coroutine before it returns", function* () {
    const b = bundle();
    const log: string[] = [];
    bundleGo(
      b,
      (function* () {
        log.push("started");
      })(),
    );
    log.push("returned");
    hclose(b);
    expect(log).to.deep.equal(["started", "returned"]);
  });

  it("adds to a bundle that is running, and to one that has been waited for", function* () {
    const b = bundle();
    const log: string[] = [];
    bundleGo(b, say("a"));
    bundleGo(b, say("b"));
    yield* bundleWait(b, -1);
    bundleGo(b, say("c"));
    yield* bundleWait(b, -1);
    hclose(b);
    expect(log).to.deep.equal(["a", "b", "c"]);

    function* say(what: string): Coroutine {
      yield;
      log.push(what);
    }
  });

  it("cancels the siblings of a coroutine that fails", function* () {
    const b = bundle();
    const seen: unknown[] = [];
    bundleGo(b, sleepAndSee(seen));
    bundleGo(b, sleepAndSee(seen));
    bundleGo(b, failAfterTurn(oops));
    expect(yield* thrownIn(bundleWait(b, -1))).to.equal(oops);
    expect(seen).to.deep.equal(["ECANCELED", "ECANCELED"]);
    hclose(b);
  });

  describe("cancellation", () => {
    it("throws ECANCELED before it looks at the handle", function* () {
      let error: unknown;
      const h = go(
        (function* () {
          try {
            yield* msleep(-1);
          } finally {
            error = thrownBy(() => bundleGo(-1 as never, nothing()));
          }
        })(),
      );
      hclose(h);
      expect(error).to.include({ code: "ECANCELED", syscall: "bundle_go" });
    });
  });

  describe("errors", () => {
    it("throws EBADF for a closed bundle, and starts nothing", function* () {
      const b = bundle();
      hclose(b);
      let hasStarted = false;
      const start = (function* () {
        hasStarted = true;
      })();
      expect(thrownBy(() => bundleGo(b, start))).to.include({ code: "EBADF" });
      expect(hasStarted).to.equal(false);
    });

    it("throws ENOTSUP for a handle of another kind", function* () {
      const [a, z] = chmake<number>();
      const error = thrownBy(() => bundleGo(a as never, nothing()));
      expect(error).to.include({ code: "ENOTSUP", syscall: "bundle_go" });
      expect(String(error)).to.include("is a channel, not a bundle");
      hclose(a);
      hclose(z);
    });

    it("throws EINVAL for what is no coroutine", function* () {
      const b = bundle();
      const error = thrownBy(() => bundleGo(b, nothing as never));
      expect(String(error)).to.match(/^DillError: EINVAL.*write bundleGo\(nothing\(\)\)/);
      hclose(b);
    });
  });
});

describe("bundleWait", () => {
  it("returns at once from an empty bundle, whatever the deadline", function* () {
    const b = bundle();
    for (const deadline of [-1, 0, 1, Infinity, now() + 1000]) yield* bundleWait(b, deadline);
    hclose(b);
  });

  it("returns when the last coroutine has ended", function* () {
    const b = bundle();
    let ended = 0;
    for (const turns of [1, 3, 2]) bundleGo(b, count(turns));
    yield* bundleWait(b, -1);
    expect(ended).to.equal(3);
    hclose(b);

    function* count(turns: number): Coroutine {
      for (let i = 0; i < turns; i++) yield;
      ended++;
    }
  });

  it("wakes all who wait for one bundle", function* () {
    const b = bundle();
    const waiting = bundle();
    let woken = 0;
    bundleGo(b, pause());
    for (let i = 0; i < 3; i++) bundleGo(waiting, wait());
    yield* bundleWait(waiting, -1);
    expect(woken).to.equal(3);
    hclose(waiting);
    hclose(b);

    function* wait(): Coroutine {
      yield* bundleWait(b, -1);
      woken++;
    }
  });

  it("can be run twice from one operation", function* () {
    const b = bundle();
    const wait = bundleWait(b, -1);
    for (let i = 0; i < 2; i++) {
      bundleGo(b, pause());
      yield* wait;
    }
    hclose(b);
  });

  describe("deadline", () => {
    it("throws ETIMEDOUT and leaves the coroutines running", function* () {
      const b = bundle();
      const seen: unknown[] = [];
      bundleGo(b, sleepAndSee(seen));
      const start = now();
      expect(yield* thrownIn(bundleWait(b, start + 5))).to.include({
        code: "ETIMEDOUT",
        syscall: "bundle_wait",
      });
      expect(now()).to.be.at.least(start + 5);
      expect(seen).to.deep.equal([]);
      hclose(b);
      expect(seen).to.deep.equal(["ECANCELED"]);
    });

    it("0 only looks", function* () {
      const b = bundle();
      bundleGo(b, pause());
      expect(yield* thrownIn(bundleWait(b, 0))).to.include({ code: "ETIMEDOUT" });
      yield* bundleWait(b, -1);
      hclose(b);
    });

    it("may fall together with the end of the last coroutine", function* () {
      for (let i = 0; i < 20; i++) {
        const b = bundle();
        const deadline = now() + 1;
        bundleGo(b, sleepUntil(deadline));
        try {
          yield* bundleWait(b, deadline);
        } catch (error) {
          expect(error).to.include({ code: "ETIMEDOUT" });
        }
        hclose(b);
      }
    });
  });

  describe("cancellation", () => {
    it("throws ECANCELED and leaves the coroutines running", function* () {
      const b = bundle();
      const seen: unknown[] = [];
      bundleGo(b, sleepAndSee(seen));
      let error: unknown;
      const h = go(
        (function* () {
          error = yield* thrownIn(bundleWait(b, -1));
        })(),
      );
      hclose(h);
      expect(error).to.include({ code: "ECANCELED" });
      expect(seen).to.deep.equal([]);
      hclose(b);
    });

    it("comes before the check of the handle", function* () {
      let error: unknown;
      const h = go(
        (function* () {
          yield* thrownIn(msleep(-1));
          error = yield* thrownIn(bundleWait(-1 as never, -1));
        })(),
      );
      hclose(h);
      expect(error).to.include({ code: "ECANCELED" });
    });
  });

  describe("errors", () => {
    it("throws the error that escaped a coroutine, once", function* () {
      const b = bundle();
      bundleGo(b, failAfterTurn(oops));
      expect(yield* thrownIn(bundleWait(b, -1))).to.equal(oops);
      yield* bundleWait(b, -1);
      hclose(b);
    });

    it("throws it also when the coroutine failed before", function* () {
      const b = bundle();
      bundleGo(b, failAtOnce(oops));
      expect(yield* thrownIn(bundleWait(b, 0))).to.equal(oops);
      hclose(b);
    });

    it("throws one AggregateError for several", function* () {
      const b = bundle();
      const other = new Error("other");
      bundleGo(
        b,
        (function* () {
          try {
            yield* msleep(-1);
          } catch {
            throw other;
          }
        })(),
      );
      bundleGo(b, failAfterTurn(oops));
      const error = yield* thrownIn(bundleWait(b, -1));
      expect(error).to.be.instanceOf(AggregateError);
      expect((error as AggregateError).errors).to.have.members([oops, other]);
      hclose(b);
    });

    it("throws undefined if that is what escaped", function* () {
      const b = bundle();
      bundleGo(b, failAtOnce(undefined));
      expect(yield* thrownIn(bundleWait(b, -1))).to.equal(undefined);
      hclose(b);
    });

    it("throws EBADF in whoever waits for a bundle that is closed", function* () {
      const b = bundle();
      bundleGo(b, sleepAndSee([]));
      const waiting = bundle();
      const errors: unknown[] = [];
      for (let i = 0; i < 2; i++) bundleGo(waiting, wait());
      hclose(b);
      yield* bundleWait(waiting, -1);
      for (const error of errors)
        expect(error).to.include({ code: "EBADF", syscall: "bundle_wait" });
      expect(errors).to.have.length(2);
      hclose(waiting);

      function* wait(): Coroutine {
        errors.push(yield* thrownIn(bundleWait(b, -1)));
      }
    });

    it("throws EBADF for a stale handle and ENOTSUP for one of another kind", function* () {
      const b = bundle();
      hclose(b);
      expect(yield* thrownIn(bundleWait(b, -1))).to.include({ code: "EBADF" });
      const h = hmake({ query: () => undefined, close: () => {} });
      expect(yield* thrownIn(bundleWait(h as never, -1))).to.include({ code: "ENOTSUP" });
      hclose(h);
    });

    it("throws EINVAL for what is no deadline", function* () {
      const b = bundle();
      bundleGo(b, sleepAndSee([]));
      for (const deadline of [Number.NaN, -2, -0.5, -Infinity, undefined as never]) {
        expect(yield* thrownIn(bundleWait(b, deadline))).to.include({ code: "EINVAL" });
      }
      hclose(b);
    });
  });
});

describe("hclose of a bundle", () => {
  it("has ended every coroutine when it returns", function* () {
    const b = bundle();
    const log: string[] = [];
    for (const name of ["a", "b"]) bundleGo(b, linger(name));
    hclose(b);
    log.push("closed");
    expect(log).to.deep.equal(["a canceled", "a ended", "b canceled", "b ended", "closed"]);

    function* linger(name: string): Coroutine {
      try {
        yield* msleep(-1);
      } catch {
        log.push(`${name} canceled`);
        expect(yield* thrownIn(msleep(now()))).to.include({ code: "ECANCELED" });
        log.push(`${name} ended`);
      }
    }
  });

  it("gives a ready coroutine its result first", function* () {
    const [left, right] = chmake<string>();
    const log: unknown[] = [];
    const h = go(
      (function* () {
        log.push(yield* chrecv(right, -1));
        log.push(yield* thrownIn(chrecv(right, -1)));
      })(),
    );
    yield* chsend(left, "kept", -1);
    hclose(h);
    expect(log[0]).to.equal("kept");
    expect(log[1]).to.include({ code: "ECANCELED" });
    hclose(left);
    hclose(right);
  });

  it("throws ECANCELED from every operation after that, without waiting", function* () {
    const [left, right] = chmake<string>();
    const empty = bundle();
    const codes: unknown[] = [];
    const h = go(
      (function* () {
        yield* thrownIn(msleep(-1));
        const operations = [
          msleep(0),
          msleep(-1),
          yieldNow(),
          bundleWait(empty, -1),
          chsend(left, "", 0),
          chrecv(right, -1),
        ];
        for (const operation of operations) codes.push(codeOf(yield* thrownIn(operation)));
        try {
          yield;
        } catch (error) {
          codes.push(codeOf(error));
        }
      })(),
    );
    hclose(h);
    expect(codes).to.deep.equal(Array.from({ length: 7 }, () => "ECANCELED"));
    for (const open of [left, right, empty]) hclose(open);
  });

  it("cannot be swallowed by a helper's finally", function* () {
    const log: string[] = [];
    const h = go(
      (function* () {
        yield* helper();
        log.push("went on");
      })(),
    );
    hclose(h);
    expect(log).to.deep.equal(["cleaned"]);

    function* helper(): Coroutine {
      try {
        yield* msleep(-1);
      } finally {
        log.push("cleaned");
      }
    }
  });

  it("throws the errors that nobody has been told", function* () {
    const b = bundle();
    bundleGo(b, failAtOnce(oops));
    expect(thrownBy(() => hclose(b))).to.equal(oops);
    expect(thrownBy(() => hclose(b))).to.include({ code: "EBADF" });
  });

  it("throws the error of a coroutine's own clean-up", function* () {
    const h = go(
      (function* () {
        try {
          yield* msleep(-1);
        } catch {
          throw oops;
        }
      })(),
    );
    expect(thrownBy(() => hclose(h))).to.equal(oops);
  });

  it("does not throw the ECANCELED it has caused itself", function* () {
    hclose(go(sleepUntil(-1)));
  });

  it("throws EDEADLK from inside and changes nothing", function* () {
    const b = bundle();
    let error: unknown;
    const task = bundleGo(
      b,
      (function* () {
        yield;
        error = thrownBy(() => hclose(b));
        yield;
        return "went on";
      })(),
    );
    bundleGo(b, pause());
    expect(yield* join(task, -1)).to.equal("went on");
    expect(error).to.include({ code: "EDEADLK", syscall: "hclose" });
    hclose(b);
  });

  it("throws EDEADLK from a coroutine that a member waits for on the stack", function* () {
    const b = bundle();
    let error: unknown;
    bundleGo(
      b,
      (function* () {
        const inner = go(
          (function* () {
            error = thrownBy(() => hclose(b));
          })(),
        );
        hclose(inner);
        yield;
      })(),
    );
    yield* bundleWait(b, -1);
    expect(error).to.include({ code: "EDEADLK" });
    hclose(b);
  });

  it("ends a coroutine that is itself closing another bundle", function* () {
    const log: string[] = [];
    const outer = go(
      (function* () {
        const inner = go(clean("inner"));
        try {
          yield* msleep(-1);
        } finally {
          hclose(inner);
          log.push("outer");
        }
      })(),
    );
    hclose(outer);
    expect(log).to.deep.equal(["inner", "outer"]);

    function* clean(name: string): Coroutine {
      try {
        yield* msleep(-1);
      } finally {
        log.push(name);
      }
    }
  });

  it("keeps its slot right when coroutines make handles meanwhile", function* () {
    const made: ReturnType<typeof bundle>[] = [];
    const b = bundle();
    bundleGo(b, sleepUntil(-1));
    bundleGo(
      b,
      (function* () {
        try {
          yield;
        } finally {
          for (let i = 0; i < 1000; i++) made.push(...tryBundle());
        }
      })(),
    );
    const others = Array.from({ length: 2000 }, bundle);
    hclose(b);
    expect(made).to.deep.equal([]);
    expect(thrownBy(() => hclose(b))).to.include({ code: "EBADF" });
    for (const other of others) hclose(other);

    function tryBundle(): ReturnType<typeof bundle>[] {
      try {
        return [bundle()];
      } catch {
        return [];
      }
    }
  });

  it("can be done by a callback of Node's", async () => {
    const done = run(
      (function* () {
        const h = go(sleepUntil(-1));
        setImmediate(() => hclose(h));
        return codeOf(yield* thrownIn(bundleWait(h, -1)));
      })(),
    );
    expect(await done).to.equal("EBADF");
  });
});

describe("an error nobody asks for", () => {
  it("is what run rejects with", async () => {
    const error = await rejectionOf(
      run(
        (function* () {
          go(failAfterTurn(oops));
          yield* msleep(now() + 2);
        })(),
      ),
    );
    expect(error).to.equal(oops);
  });

  it("is told once only, though it was forwarded", async () => {
    const error = await rejectionOf(
      run(
        (function* () {
          const h = go(failAfterTurn(oops));
          yield* bundleWait(h, -1);
        })(),
      ),
    );
    expect(error).to.equal(oops);
  });
});

const oops = new Error("oops");

function* nothing(): Coroutine {}

function* pause(): Coroutine {
  yield;
}

function* sleepUntil(deadline: number): Coroutine {
  yield* msleep(deadline);
}

function* failAtOnce(error: unknown): Coroutine {
  throw error;
}

function* failAfterTurn(error: unknown): Coroutine {
  yield;
  throw error;
}

function* sleepAndSee(seen: unknown[]): Coroutine {
  try {
    yield* msleep(-1);
  } catch (error) {
    seen.push(codeOf(error));
    throw error;
  }
}

function codeOf(error: unknown): string | undefined {
  return isErrno(error) ? error.code : undefined;
}
