// bundleClose, seen by whoever closes.
import { expect } from "chai";
import { describe } from "mocha";
import {
  bundle,
  bundleClose,
  bundleGo,
  bundleWait,
  chmake,
  type Coroutine,
  go,
  hclose,
  ipcPair,
  isErrno,
  join,
  msleep,
  now,
  run,
} from "libdill-ts";
import { asCoroutine, cleanUps, type Log, nameOf, saying } from "../support/cutShort.js";
import { codeOrNone, rejectionOf, thrownBy, thrownIn } from "../support/failure.js";
import { itBoth as it } from "../support/it.js";

/** Waits until it is cut short, and then for what its clean-up needs. */
function slow(log: Log, cleanUp: keyof typeof cleanUps = "waits"): Coroutine {
  return cleanUps[cleanUp](() => saying(log, "", () => asCoroutine(msleep(-1))), log);
}

describe("bundleClose", () => {
  it("closes an empty bundle, whatever the deadline", function* () {
    for (const deadline of [-1, Infinity, 0, 1, now() + 60_000]) {
      const b = bundle();
      yield* bundleClose(b, deadline);
      expect(thrownBy(() => hclose(b))).to.include({ code: "EBADF" });
    }
  });

  it("does nothing before the yield*", function* () {
    const b = bundle();
    const log: Log = [];
    bundleGo(b, slow(log));
    void bundleClose(b, -1);
    yield* msleep(now() + 2);
    expect(log).to.deep.equal([]);
    hclose(b);
  });

  it("takes the handle from the call on", function* () {
    const b = bundle();
    bundleGo(b, slow([]));
    const closer = go(asCoroutine(bundleClose(b, -1)));
    expect(thrownBy(() => hclose(b))).to.include({ code: "EBADF" });
    expect(thrownBy(() => bundleGo(b, slow([])))).to.include({ code: "EBADF" });
    expect(yield* codeOrNone(bundleClose(b, -1))).to.equal("EBADF");
    expect(yield* codeOrNone(bundleWait(b, 0))).to.equal("EBADF");
    yield* join(closer, -1);
    hclose(closer);
  });

  it("wakes with EBADF whoever waits for the bundle", function* () {
    const b = bundle();
    bundleGo(b, slow([]));
    const codes: string[] = [];
    const waiter = go(wait());
    yield* bundleClose(b, -1);
    hclose(waiter);
    expect(codes).to.deep.equal(["EBADF"]);

    function* wait(): Coroutine {
      codes.push(yield* codeOrNone(bundleWait(b, -1)));
    }
  });

  for (const deadline of [0, 1]) {
    it(`is hclose with the deadline ${deadline}`, function* () {
      const b = bundle();
      const log: Log = [];
      bundleGo(b, slow(log, "waitsTooLong"));
      yield* bundleClose(b, deadline);
      expect(log).to.deep.equal(["ECANCELED", "then ECANCELED"]);
    });
  }

  it("is hclose in a coroutine that is being canceled", function* () {
    const b = bundle();
    const log: Log = [];
    bundleGo(b, slow(log, "waitsTooLong"));
    const h = go(
      (function* () {
        try {
          yield* msleep(-1);
        } finally {
          yield* bundleClose(b, -1);
          log.push("closed");
        }
      })(),
    );
    hclose(h);
    expect(log).to.deep.equal(["ECANCELED", "then ECANCELED", "closed"]);
  });

  for (const deadline of [NaN, -2, -Infinity]) {
    it(`gives EINVAL for the deadline ${deadline}, and nothing changes`, function* () {
      const b = bundle();
      const log: Log = [];
      const task = bundleGo(b, slow(log));
      expect(yield* codeOrNone(bundleClose(b, deadline))).to.equal("EINVAL");
      expect(log).to.deep.equal([]);
      expect(yield* codeOrNone(join(task, 0))).to.equal("ETIMEDOUT");
      hclose(b);
    });
  }

  it("gives EBADF for a stale handle and ENOTSUP for one of another kind, and nothing changes", function* () {
    const b = bundle();
    hclose(b);
    expect(yield* thrownIn(bundleClose(b, -1))).to.include({
      code: "EBADF",
      syscall: "bundle_close",
    });
    const [a, z] = chmake<number>();
    const [s, t] = yield* ipcPair();
    for (const h of [a, s]) {
      expect(yield* codeOrNone(bundleClose(h as never, -1))).to.equal("ENOTSUP");
    }
    for (const h of [a, z, s, t]) hclose(h);
  });

  it("gives EDEADLK from inside, and nothing changes", function* () {
    const b = bundle();
    const codes: string[] = [];
    for (const deadline of [-1, 0, now() + 60_000]) {
      yield* join(bundleGo(b, closeFromInside(deadline)), -1);
    }
    expect(codes).to.deep.equal(["EDEADLK", "EDEADLK", "EDEADLK"]);
    yield* bundleWait(b, -1);
    hclose(b);

    function* closeFromInside(deadline: number): Coroutine {
      codes.push(yield* codeOrNone(bundleClose(b, deadline)));
      yield* msleep(now() + 1);
    }
  });

  it("gives EDEADLK to a member that closes the bundle of its closer", function* () {
    const outer = bundle();
    const inner = bundle();
    const codes: unknown[] = [];
    bundleGo(inner, closeOuter());
    yield* join(bundleGo(outer, asCoroutine(bundleClose(inner, -1))), -1);
    expect(codes).to.deep.equal(["EDEADLK", "EDEADLK"]);
    hclose(outer);

    function* closeOuter(): Coroutine {
      try {
        yield* msleep(-1);
      } catch {
        codes.push(yield* codeOrNone(bundleClose(outer, -1)));
        codes.push((thrownBy(() => hclose(outer)) as { code: string }).code);
      }
    }
  });

  it("throws the errors of the bundle as hclose does, the first one first", function* () {
    const b = bundle();
    for (const name of ["a", "b"]) bundleGo(b, fail(name));
    const error = yield* thrownIn(bundleClose(b, -1));
    expect((error as AggregateError).errors.map(nameOf)).to.deep.equal(["a", "b"]);

    function* fail(name: string): Coroutine {
      try {
        yield* msleep(-1);
      } finally {
        throwError(name);
      }
    }
  });

  it("throws the error with which the bundle had failed before", function* () {
    const b = bundle();
    bundleGo(
      b,
      (function* () {
        throwError("before");
      })(),
    );
    expect(nameOf(yield* thrownIn(bundleClose(b, -1)))).to.equal("before");
  });

  it("cancels at the deadline whoever is left, in the order of start, and that is no error", function* () {
    const b = bundle();
    const log: Log = [];
    for (const name of ["a", "b", "c"]) bundleGo(b, linger(name));
    const deadline = now() + 5;
    yield* bundleClose(b, deadline);
    expect(now()).to.be.at.least(deadline);
    expect(log).to.deep.equal(["a ECANCELED", "b ECANCELED", "c ECANCELED"]);

    function* linger(name: string): Coroutine {
      try {
        yield* msleep(-1);
      } finally {
        yield* saying(log, name, () => asCoroutine(msleep(-1)));
      }
    }
  });

  it("returns when the last member has ended, before the deadline", function* () {
    const b = bundle();
    bundleGo(b, slow([]));
    const deadline = now() + 60_000;
    yield* bundleClose(b, deadline);
    expect(now()).to.be.below(deadline);
  });

  it("is ECANCELED for a closer that is canceled, unless a member has failed", async () => {
    for (const [cleanUp, code] of [
      ["waitsTooLong", "ECANCELED"],
      ["throws", "clean-up failed"],
    ] as const) {
      const seen: string[] = [];
      const closing = function* (): Coroutine {
        const b = bundle();
        bundleGo(b, slow([], cleanUp));
        const c = bundle();
        bundleGo(c, say(b));
        try {
          hclose(c);
        } catch (error) {
          seen.push(nameOf(error));
        }
      };
      const say = function* (b: ReturnType<typeof bundle>): Coroutine {
        seen.push(nameOf(yield* thrownIn(bundleClose(b, -1))));
      };
      await run(closing());
      expect(seen).to.deep.equal([code]);
    }
  });

  it("is no deadlock before its deadline", async () => {
    const co = (function* () {
      const b = bundle();
      bundleGo(b, slow([], "waitsTooLong"));
      yield* bundleClose(b, now() + 30);
    })();
    await run(co);
  });

  it("is a deadlock where it would wait for ever", async () => {
    const log: Log = [];
    const co = (function* () {
      const b = bundle();
      bundleGo(b, slow(log, "waitsTooLong"));
      yield* bundleClose(b, -1);
    })();
    const error = await rejectionOf(run(co));
    expect(isErrno(error, "EDEADLK")).to.equal(true);
    expect(String(error)).to.include("bundleClose");
    expect(log).to.deep.equal(["ECANCELED", "then ECANCELED"]);
  });
});

function throwError(message: string): never {
  throw new Error(message);
}
