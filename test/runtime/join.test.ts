import { expect } from "chai";
import { describe } from "mocha";
import {
  bundle,
  bundleGo,
  bundleWait,
  chmake,
  type Coroutine,
  go,
  hclose,
  join,
  msleep,
  now,
} from "libdill-ts";
import { thrownIn } from "../support/failure.js";
import { itBoth as it } from "../support/it.js";

describe("join", () => {
  it("returns the value of a coroutine that go started", function* () {
    const h = go(give(42));
    const value: number = yield* join(h, -1);
    expect(value).to.equal(42);
    hclose(h);
  });

  it("returns the value of a coroutine that bundleGo started", function* () {
    const b = bundle();
    const first = bundleGo(b, give("first"));
    const second = bundleGo(b, give("second"));
    const values: string[] = [yield* join(second, -1), yield* join(first, -1)];
    expect(values).to.deep.equal(["second", "first"]);
    hclose(b);
  });

  it("returns the value any number of times, to any number of coroutines", function* () {
    const h = go(give(7));
    const b = bundle();
    const tasks = [1, 2, 3].map(() => bundleGo(b, add()));
    let sum = yield* join(h, -1);
    for (const task of tasks) sum += yield* join(task, -1);
    expect(sum).to.equal(28);
    hclose(b);
    hclose(h);

    function* add(): Coroutine<number> {
      return yield* join(h, -1);
    }
  });

  it("returns a value kept after the bundle was closed", function* () {
    const b = bundle();
    const task = bundleGo(b, give(1));
    yield* bundleWait(b, -1);
    hclose(b);
    expect(yield* join(task, -1)).to.equal(1);
  });

  describe("deadline", () => {
    it("throws ETIMEDOUT and lets the coroutine go on", function* () {
      const h = go(give(1));
      expect(yield* thrownIn(join(h, 0))).to.include({ code: "ETIMEDOUT", syscall: "join" });
      expect(yield* join(h, -1)).to.equal(1);
      hclose(h);
      const sleeping = go(sleep());
      const deadline = now() + 3;
      expect(yield* thrownIn(join(sleeping, deadline))).to.include({ code: "ETIMEDOUT" });
      expect(now()).to.be.at.least(deadline);
      hclose(sleeping);
    });

    it("in the past still gives what is there already", function* () {
      const h = go(give(1));
      yield* bundleWait(h, -1);
      expect(yield* join(h, 0)).to.equal(1);
      expect(yield* join(h, 1)).to.equal(1);
      hclose(h);
    });
  });

  describe("cancellation", () => {
    it("throws ECANCELED in the waiting coroutine and lets the other go on", function* () {
      const h = go(sleep());
      let error: unknown;
      const joining = go(
        (function* () {
          error = yield* thrownIn(join(h, -1));
        })(),
      );
      hclose(joining);
      expect(error).to.include({ code: "ECANCELED", syscall: "join" });
      expect(yield* thrownIn(join(h, 0))).to.include({ code: "ETIMEDOUT" });
      hclose(h);
    });

    it("throws the ECANCELED of a coroutine that was canceled", function* () {
      const b = bundle();
      const task = bundleGo(b, sleep());
      hclose(b);
      expect(yield* thrownIn(join(task, -1))).to.include({ code: "ECANCELED", syscall: "msleep" });
    });
  });

  describe("errors", () => {
    it("throws the coroutine's error, and nobody else is told again", function* () {
      const h = go(fail());
      for (let i = 0; i < 2; i++) expect(yield* thrownIn(join(h, -1))).to.equal(oops);
      yield* bundleWait(h, -1);
      hclose(h);
    });

    it("throws EBADF when the handle is closed meanwhile", function* () {
      const h = go(sleep());
      let error: unknown;
      const joining = go(
        (function* () {
          error = yield* thrownIn(join(h, -1));
        })(),
      );
      hclose(h);
      yield* bundleWait(joining, -1);
      expect(error).to.include({ code: "EBADF", syscall: "join" });
      hclose(joining);
    });

    it("throws EBADF for a stale handle and for what is none", function* () {
      const h = go(give(1));
      hclose(h);
      for (const bad of [h, -1, 1e9, "1", null, undefined, {}, sleep()]) {
        expect(yield* thrownIn(join(bad as never, -1))).to.include({ code: "EBADF" });
      }
    });

    it("throws ENOTSUP for a bundle that go did not make, and says what to join", function* () {
      const b = bundle();
      const error = yield* thrownIn(join(b as never, -1));
      expect(error).to.include({ code: "ENOTSUP" });
      expect(String(error)).to.include("join what bundleGo returned");
      const [left, right] = chmake<number>();
      expect(yield* thrownIn(join(left as never, -1))).to.include({ code: "ENOTSUP" });
      for (const open of [b, left, right]) hclose(open);
    });

    it("throws EINVAL for what is no deadline", function* () {
      const h = go(sleep());
      for (const deadline of [Number.NaN, -2, -Infinity]) {
        expect(yield* thrownIn(join(h, deadline))).to.include({ code: "EINVAL" });
      }
      hclose(h);
    });
  });
});

const oops = new Error("oops");

function* give<T>(value: T): Coroutine<T> {
  yield;
  return value;
}

function* fail(): Coroutine {
  yield;
  throw oops;
}

function* sleep(): Coroutine {
  yield* msleep(-1);
}
