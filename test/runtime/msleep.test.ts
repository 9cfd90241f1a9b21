import { expect } from "chai";
import { describe } from "mocha";
import { go, hclose, msleep, now } from "libdill-ts";
import { bundle, bundleGo, bundleWait, type Coroutine } from "libdill-ts";
import { thrownIn } from "../support/failure.js";
import { it as itOnNode, itBoth as it } from "../support/it.js";

describe("msleep", () => {
  it("sleeps until its deadline, and never less", function* () {
    for (const length of [1, 2.5, 7, 0.1]) {
      const deadline = now() + length;
      yield* msleep(deadline);
      expect(now()).to.be.at.least(deadline);
    }
  });

  it("wakes coroutines in the order of their deadlines", function* () {
    const start = now();
    const log: number[] = [];
    const b = bundle();
    for (const length of [6, 9, 0, 3]) bundleGo(b, sleep(length));
    yield* bundleWait(b, -1);
    hclose(b);
    expect(log).to.deep.equal([0, 3, 6, 9]);

    function* sleep(length: number): Coroutine {
      yield* msleep(start + length);
      log.push(length);
    }
  });

  it("wakes those with one deadline in the order in which they went to sleep", function* () {
    const deadline = now() + 2;
    const log: number[] = [];
    const b = bundle();
    for (let i = 0; i < 50; i++) bundleGo(b, sleep(i));
    yield* bundleWait(b, -1);
    hclose(b);
    expect(log).to.deep.equal(Array.from({ length: 50 }, (_, i) => i));

    function* sleep(i: number): Coroutine {
      yield* msleep(deadline);
      log.push(i);
    }
  });

  itOnNode("gives others and the process a turn when the deadline is past", function* () {
    for (const deadline of [0, 1, now() - 5, now()]) {
      let wasTold = false;
      const immediate = new Promise<void>((resolve) => {
        setImmediate(() => {
          wasTold = true;
          resolve();
        });
      });
      let others = 0;
      const h = go(
        (function* () {
          others++;
          yield;
          others++;
        })(),
      );
      yield* msleep(deadline);
      expect(others).to.equal(2);
      expect(wasTold).to.equal(true);
      void immediate;
      hclose(h);
    }
  });

  it("wakes when the one timer it shares was set for a later deadline first", function* () {
    const late = go(sleepFor(100_000));
    const deadline = now() + 2;
    yield* msleep(deadline);
    expect(now()).to.be.at.least(deadline);
    hclose(late);
  });

  it("sleeps on past what Node's timers can hold", function* () {
    const h = go(sleepFor(2 ** 40));
    yield* msleep(now() + 2);
    let error: unknown;
    try {
      yield* bundleWait(h, 0);
    } catch (caught) {
      error = caught;
    }
    expect(error).to.include({ code: "ETIMEDOUT" });
    hclose(h);
  });

  describe("cancellation", () => {
    it("throws ECANCELED, and again from the next one", function* () {
      for (const deadline of [-1, Infinity, now() + 100_000]) {
        const errors: unknown[] = [];
        const h = go(
          (function* () {
            errors.push(yield* thrownIn(msleep(deadline)));
            errors.push(yield* thrownIn(msleep(deadline)));
          })(),
        );
        hclose(h);
        expect(errors).to.have.length(2);
        for (const e of errors) expect(e).to.include({ code: "ECANCELED", syscall: "msleep" });
      }
    });
  });

  describe("errors", () => {
    it("throws EINVAL for what is no deadline, and says what is", function* () {
      const bad = [Number.NaN, -2, -0.5, -1.5, -Infinity, undefined, "soon", {}];
      for (const deadline of bad) {
        const error = yield* thrownIn(msleep(deadline as number));
        expect(error).to.include({ code: "EINVAL", syscall: "msleep" });
        expect(String(error)).to.include("-1 (none), 0 (don't wait) or a point on the clock");
      }
    });
  });
});

function* sleepFor(length: number): Coroutine {
  yield* msleep(now() + length);
}
