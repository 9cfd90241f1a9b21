import { expect } from "chai";
import { describe } from "mocha";
import {
  bundle,
  bundleGo,
  type Coroutine,
  go,
  hclose,
  isErrno,
  msleep,
  now,
  scope,
  withDeadline,
} from "libdill-ts";
import { thrownIn } from "../support/failure.js";
import { itBoth as it } from "../support/it.js";

describe("withDeadline", () => {
  it("returns the value of a block that ends in time", function* () {
    const value = yield* withDeadline(now() + 100_000, function* () {
      yield;
      return 3;
    });
    expect(value).to.equal(3);
  });

  it("needs no deadline", function* () {
    for (const none of [-1, Infinity]) {
      expect(yield* withDeadline(none, sleepAWhile)).to.equal("slept");
    }
  });

  describe("deadline", () => {
    it("throws ETIMEDOUT when it hits, and never early", function* () {
      const deadline = now() + 4;
      const error = yield* thrownIn(withDeadline(deadline, sleepForEver));
      expect(error).to.include({ code: "ETIMEDOUT", syscall: "withDeadline" });
      expect(now()).to.be.at.least(deadline);
    });

    it("cancels the block, whose finally has run when the error arrives", function* () {
      const log: unknown[] = [];
      yield* thrownIn(
        withDeadline(now() + 1, function* () {
          try {
            yield* msleep(-1);
          } catch (error) {
            log.push(isErrno(error, "ECANCELED"));
            throw error;
          } finally {
            log.push(isErrno(yield* thrownIn(msleep(now())), "ECANCELED"));
          }
        }),
      );
      expect(log).to.deep.equal([true, true]);
    });

    it("covers several operations together", function* () {
      let rounds = 0;
      const error = yield* thrownIn(
        withDeadline(now() + 5, function* () {
          for (;;) {
            yield* msleep(now() + 1);
            rounds++;
          }
        }),
      );
      expect(error).to.include({ code: "ETIMEDOUT" });
      expect(rounds).to.be.greaterThan(0);
    });

    it("0, and one in the past, let nothing wait", function* () {
      for (const deadline of [0, 1, now() - 1]) {
        expect(yield* thrownIn(withDeadline(deadline, sleepForEver))).to.include({
          code: "ETIMEDOUT",
        });
        expect(
          yield* withDeadline(deadline, function* () {
            return "at once";
          }),
        ).to.equal("at once");
      }
    });

    it("keeps the value of a block that ends with one after all", function* () {
      const value = yield* withDeadline(now() + 1, function* () {
        yield* thrownIn(msleep(-1));
        return "kept";
      });
      expect(value).to.equal("kept");
    });

    it("throws the block's own error where it has one", function* () {
      const error = yield* thrownIn(
        withDeadline(now() + 1, function* () {
          yield* thrownIn(msleep(-1));
          throw oops;
        }),
      );
      expect(error).to.equal(oops);
    });

    it("of an outer block ends the inner ones", function* () {
      const error = yield* thrownIn(
        withDeadline(now() + 2, function* () {
          yield* withDeadline(now() + 100_000, sleepForEver);
        }),
      );
      expect(error).to.include({ code: "ETIMEDOUT" });
    });

    it("of an inner block leaves the outer one running", function* () {
      const value = yield* withDeadline(now() + 100_000, function* () {
        yield* thrownIn(withDeadline(now() + 1, sleepForEver));
        return yield* sleepAWhile();
      });
      expect(value).to.equal("slept");
    });

    it("ends the coroutines of a scope in the block", function* () {
      let ended = 0;
      const error = yield* thrownIn(
        withDeadline(now() + 1, function* () {
          yield* scope(function* (b) {
            for (let i = 0; i < 3; i++) bundleGo(b, count());
            yield* msleep(-1);
          });
        }),
      );
      expect(error).to.include({ code: "ETIMEDOUT" });
      expect(ended).to.equal(3);

      function* count(): Coroutine {
        try {
          yield* msleep(-1);
        } finally {
          ended++;
        }
      }
    });
  });

  describe("cancellation", () => {
    it("ends the block before the error arrives", function* () {
      const log: unknown[] = [];
      const h = go(
        (function* () {
          try {
            yield* withDeadline(now() + 100_000, function* () {
              try {
                yield* msleep(-1);
              } finally {
                log.push("block");
              }
            });
          } catch (error) {
            log.push(isErrno(error, "ECANCELED"));
          }
        })(),
      );
      hclose(h);
      expect(log).to.deep.equal(["block", true]);
    });
  });

  describe("errors", () => {
    it("throws the block's error", function* () {
      const fail = function* (): Coroutine {
        yield;
        throw oops;
      };
      expect(yield* thrownIn(withDeadline(now() + 100_000, fail))).to.equal(oops);
    });

    it("throws EINVAL for bad arguments, without calling the block", function* () {
      let calls = 0;
      const block = function* (): Coroutine {
        calls++;
      };
      for (const deadline of [Number.NaN, -2, -Infinity]) {
        expect(yield* thrownIn(withDeadline(deadline, block))).to.include({ code: "EINVAL" });
      }
      expect(yield* thrownIn(withDeadline(-1, block() as never))).to.include({ code: "EINVAL" });
      expect(yield* thrownIn(withDeadline(-1, undefined as never))).to.include({ code: "EINVAL" });
      expect(calls).to.equal(0);
    });
  });

  describe("leaves nothing behind", () => {
    it("when the handles made in the block are closed after it", function* () {
      const b = yield* withDeadline(-1, function* () {
        return bundle();
      });
      hclose(b);
    });
  });
});

const oops = new Error("oops");

function* sleepForEver(): Coroutine {
  yield* msleep(-1);
}

function* sleepAWhile(): Coroutine<string> {
  yield* msleep(now() + 1);
  return "slept";
}
