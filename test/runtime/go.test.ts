import { expect } from "chai";
import { describe } from "mocha";
import { bundleGo, bundleWait, type Coroutine, go, hclose, hmake, join, msleep } from "libdill-ts";
import { run, yieldNow } from "libdill-ts";
import { rejectionOf, thrownBy, thrownIn } from "../support/failure.js";
import { itBoth as it } from "../support/it.js";

describe("go", () => {
  it("runs the coroutine up to its first suspension before it returns", function* () {
    const log: string[] = [];
    const h = go(
      (function* () {
        log.push("started");
        yield* msleep(-1);
      })(),
    );
    log.push("returned");
    expect(log).to.deep.equal(["started", "returned"]);
    hclose(h);
  });

  it("returns the handle of an empty bundle if the coroutine never suspends", function* () {
    const h = go(nothing());
    yield* bundleWait(h, 0);
    hclose(h);
  });

  it("starts a coroutine whose bundle is closed in the same breath", function* () {
    let isClosed = false;
    const passed = hmake({ query: () => undefined, close: () => void (isClosed = true) });
    hclose(
      go(
        (function* () {
          try {
            yield* msleep(-1);
          } finally {
            hclose(passed);
          }
        })(),
      ),
    );
    expect(isClosed).to.equal(true);
  });

  it("takes turns with the others in the order in which they became ready", function* () {
    const log: string[] = [];
    const handles = ["a", "b", "c"].map((name) => go(chatter(name)));
    for (let i = 0; i < 3; i++) {
      log.push(`main${i}`);
      yield;
    }
    for (const h of handles) hclose(h);
    expect(log).to.deep.equal("a0 b0 c0 main0 a1 b1 c1 main1 a2 b2 c2 main2".split(" "));

    function* chatter(name: string): Coroutine {
      for (let i = 0; i < 3; i++) {
        log.push(`${name}${i}`);
        yield;
      }
    }
  });

  it("gives a bundle that other coroutines can join", function* () {
    const log: number[] = [];
    const h = go(write(1));
    bundleGo(h, write(2));
    yield* bundleWait(h, -1);
    hclose(h);
    expect(log).to.deep.equal([1, 2]);

    function* write(n: number): Coroutine {
      yield;
      log.push(n);
    }
  });

  it("starts many nested in one another", function* () {
    let deepest = 0;
    const h = go(nest(10_000));
    yield* join(h, -1);
    hclose(h);
    expect(deepest).to.equal(10_000);

    function* nest(levels: number): Coroutine {
      deepest++;
      if (levels === 1) return;
      const inner = go(nest(levels - 1));
      yield* join(inner, -1);
      hclose(inner);
    }
  });

  describe("cancellation", () => {
    it("starts nothing in a coroutine that is being canceled", function* () {
      let hasStarted = false;
      let error: unknown;
      const h = go(
        (function* () {
          try {
            yield* msleep(-1);
          } finally {
            error = thrownBy(() => go(flag()));
          }
        })(),
      );
      hclose(h);
      expect(error).to.include({ code: "ECANCELED", syscall: "go" });
      expect(hasStarted).to.equal(false);

      function* flag(): Coroutine {
        hasStarted = true;
      }
    });
  });

  describe("errors", () => {
    it("says to call the function it was given", function* () {
      const error = thrownBy(() => go(nothing as never));
      expect(error).to.include({ code: "EINVAL", syscall: "go" });
      expect(String(error)).to.include("write go(nothing()), not go(nothing)");
    });

    it("says that an async function is no coroutine", function* () {
      const promise = (async () => {})();
      expect(String(thrownBy(() => go(promise as never)))).to.match(
        /EINVAL.*function\* and yield\*/,
      );
    });

    it("says to wrap an operation", function* () {
      const error = thrownBy(() => go(msleep(-1) as never));
      expect(String(error)).to.match(/EINVAL.*got an operation: wrap it, go\(\(function\*/);
    });

    it("rejects whatever else is no coroutine", function* () {
      for (const value of [undefined, null, 1, "text", {}, [], new Map()]) {
        expect(thrownBy(() => go(value as never))).to.include({ code: "EINVAL" });
      }
    });

    it("refuses to start where nobody would learn of errors: outside a coroutine", () => {
      const error = thrownBy(() => go(nothing()));
      expect(error).to.include({ code: "EINVAL", syscall: "go" });
      expect(String(error)).to.include("run()");
    });

    it("refuses a generator that was handed over already", async () => {
      const same = sleeper();
      const error = await rejectionOf(
        run(
          (function* () {
            go(same);
            go(same);
            yield* yieldNow();
          })(),
        ),
      );
      expect(error).to.include({ code: "EINVAL" });
    });
  });

  describe("leaves nothing behind", () => {
    it("when its coroutine fails at once", function* () {
      const h = go(fail());
      expect(yield* thrownIn(bundleWait(h, -1))).to.equal(oops);
      hclose(h);
    });
  });
});

const oops = new Error("oops");

function* fail(): Coroutine {
  throw oops;
}

function* nothing(): Coroutine {}

function* sleeper(): Coroutine {
  yield* msleep(-1);
}
