import { expect } from "chai";
import { describe } from "mocha";
import {
  type Bundle,
  bundle,
  bundleGo,
  bundleWait,
  chmake,
  chrecv,
  chsend,
  type Coroutine,
  go,
  hclose,
  hown,
  isErrno,
  join,
  msleep,
  now,
  scope,
} from "libdill-ts";
import { census } from "../support/census.js";
import { thrownBy, thrownIn } from "../support/failure.js";
import { itBoth as it } from "../support/it.js";

describe("scope", () => {
  it("returns the body's value once body and coroutines have ended", function* () {
    const log: string[] = [];
    const value = yield* scope(function* (b) {
      bundleGo(b, say("slow", 3));
      bundleGo(b, say("quick", 1));
      log.push("body");
      return 5;
    });
    expect(value).to.equal(5);
    expect(log).to.deep.equal(["body", "quick", "slow"]);

    function* say(what: string, turns: number): Coroutine {
      for (let i = 0; i < turns; i++) yield;
      log.push(what);
    }
  });

  it("returns at once when nothing in it waits", function* () {
    expect(
      yield* scope(function* () {
        return "value";
      }),
    ).to.equal("value");
  });

  it("lets the body wait for its coroutines and join them", function* () {
    const sum = yield* scope(function* (b) {
      const left = bundleGo(b, give(1));
      const right = bundleGo(b, give(2));
      yield* bundleWait(b, -1);
      return (yield* join(left, -1)) + (yield* join(right, -1));
    });
    expect(sum).to.equal(3);
  });

  it("gives back the number of its bundle, also one that hown has given it", function* () {
    const before = census();
    let taken: Bundle | undefined;
    yield* scope(function* (b) {
      taken = hown(hown(b));
      bundleGo(taken, give(1));
      yield;
    });
    expect(census()).to.deep.equal(before);
    expect(yield* thrownIn(bundleWait(taken as Bundle, 0))).to.include({ code: "EBADF" });
  });

  it("throws what its function throws, whatever has become of the bundle's handle", function* () {
    const before = census();
    for (const use of [hown, hclose]) {
      const block = (b: Bundle): never => {
        use(b);
        throw new Error("of the function");
      };
      const error = yield* thrownIn(scope(block));
      expect(String(error)).to.equal("Error: of the function");
      expect(census()).to.deep.equal(before);
    }
  });

  it("nests", function* () {
    const value = yield* scope(function* () {
      return yield* scope(function* (inner) {
        const task = bundleGo(inner, give(9));
        return yield* join(task, -1);
      });
    });
    expect(value).to.equal(9);
  });

  it("closes its bundle with itself", function* () {
    let kept: Bundle | undefined;
    yield* scope(function* (b) {
      kept = b;
    });
    expect(thrownBy(() => bundleGo(kept as Bundle, sleep()))).to.include({ code: "EBADF" });
  });

  it("can be run twice from one operation", function* () {
    let runs = 0;
    const operation = scope(function* () {
      yield;
      return ++runs;
    });
    expect(yield* operation).to.equal(1);
    expect(yield* operation).to.equal(2);
  });

  describe("errors", () => {
    it("cancels the coroutines when the body fails, and throws its error", function* () {
      const seen: unknown[] = [];
      const error = yield* thrownIn(
        scope(function* (b) {
          bundleGo(b, sleepAndSee(seen));
          yield;
          throw oops;
        }),
      );
      expect(error).to.equal(oops);
      expect(seen).to.deep.equal(["ECANCELED"]);
    });

    it("cancels body and siblings when a coroutine fails, and throws its error", function* () {
      const seen: unknown[] = [];
      const error = yield* thrownIn(
        scope(function* (b) {
          bundleGo(b, sleepAndSee(seen));
          bundleGo(b, fail());
          yield* sleepAndSee(seen);
        }),
      );
      expect(error).to.equal(oops);
      expect(seen).to.deep.equal(["ECANCELED", "ECANCELED"]);
    });

    it("throws it also when the body has ended before", function* () {
      const error = yield* thrownIn(
        scope(function* (b) {
          bundleGo(b, fail());
        }),
      );
      expect(error).to.equal(oops);
    });

    it("throws it also when the coroutine failed at once", function* () {
      const error = yield* thrownIn(
        scope(function* (b) {
          bundleGo(b, failAtOnce());
          yield* msleep(-1);
        }),
      );
      expect(error).to.equal(oops);
    });

    it("throws one AggregateError for several", function* () {
      const error = yield* thrownIn(
        scope(function* (b) {
          bundleGo(b, fail());
          try {
            yield* msleep(-1);
          } catch {
            throw other;
          }
        }),
      );
      expect(error).to.be.instanceOf(AggregateError);
      expect((error as AggregateError).errors).to.have.members([oops, other]);
    });

    it("throws the error of a coroutine only once when the body forwards it", function* () {
      const error = yield* thrownIn(
        scope(function* (b) {
          const task = bundleGo(b, failAtOnce());
          yield* join(task, -1);
        }),
      );
      expect(error).to.equal(oops);
    });

    it("throws EINVAL for what is no generator function, and says what to write", function* () {
      const error = yield* thrownIn(scope(sleep() as never));
      expect(error).to.include({ code: "EINVAL", syscall: "scope" });
      expect(String(error)).to.include("function* () { … }");
      expect(yield* thrownIn(scope((() => 5) as never))).to.include({ code: "EINVAL" });
      expect(yield* thrownIn(scope((async () => {}) as never))).to.include({ code: "EINVAL" });
    });

    it("throws what a plain function throws in place of a body, and keeps nothing", function* () {
      const thrower = (): never => {
        throw oops;
      };
      expect(yield* thrownIn(scope(thrower))).to.equal(oops);
    });

    it("lets the body close the bundle before its end", function* () {
      yield* scope(function* (b) {
        bundleGo(b, sleep());
        hclose(b);
      });
    });
  });

  describe("cancellation", () => {
    it("has ended body and coroutines before the error arrives", function* () {
      const seen: unknown[] = [];
      const h = go(
        (function* () {
          try {
            yield* scope(function* (b) {
              bundleGo(b, sleepAndSee(seen));
              yield* sleepAndSee(seen);
            });
          } catch (error) {
            seen.push(isErrno(error) && error.syscall);
            throw error;
          }
        })(),
      );
      hclose(h);
      expect(seen).to.deep.equal(["ECANCELED", "ECANCELED", "scope"]);
    });

    it("throws though the body has a value, when a coroutine was cut short", function* () {
      let error: unknown;
      const h = go(
        (function* () {
          error = yield* thrownIn(
            scope(function* (b) {
              bundleGo(b, sleep());
              return "value";
            }),
          );
        })(),
      );
      hclose(h);
      expect(error).to.include({ code: "ECANCELED", syscall: "scope" });
    });

    it("keeps the value of a body that returns one after all", function* () {
      let value: unknown;
      const h = go(
        (function* () {
          value = yield* scope(function* () {
            yield* thrownIn(msleep(-1));
            return "value";
          });
        })(),
      );
      hclose(h);
      expect(value).to.equal("value");
    });

    it("can't be asked for by a coroutine of the scope itself", function* () {
      const log: unknown[] = [];
      const h = go(
        (function* () {
          yield* scope(function* (b) {
            bundleGo(b, closer());
            yield* msleep(-1);
          });
        })(),
      );
      expect(yield* thrownIn(bundleWait(h, -1))).to.equal(oops);
      hclose(h);
      expect(log[0]).to.include({ code: "EDEADLK" });

      function* closer(): Coroutine {
        yield;
        log.push(thrownBy(() => hclose(h)));
        throw oops;
      }
    });

    it("reaches the whole scope when one of its coroutines fails a sibling of the caller", function* () {
      const b = bundle();
      const seen: unknown[] = [];
      const [start, started] = chmake<void>();
      bundleGo(
        b,
        (function* () {
          yield* scope(function* (inner) {
            bundleGo(inner, sleepAndSee(seen));
            bundleGo(
              inner,
              (function* () {
                yield* chrecv(started, -1);
                bundleGo(b, failAtOnce());
                yield* sleepAndSee(seen);
              })(),
            );
            yield* sleepAndSee(seen);
          });
        })(),
      );
      yield* chsend(start, undefined, -1);
      expect(yield* thrownIn(bundleWait(b, -1))).to.equal(oops);
      yield* bundleWait(b, now() + 100_000);
      expect(seen).to.deep.equal(["ECANCELED", "ECANCELED", "ECANCELED"]);
      for (const open of [b, start, started]) hclose(open);
    });

    it("reaches a scope whose body is still in its first step", function* () {
      const b = bundle();
      const seen: unknown[] = [];
      bundleGo(
        b,
        (function* () {
          yield;
          yield* scope(function* (inner) {
            bundleGo(inner, sleepAndSee(seen));
            bundleGo(b, failAtOnce());
          });
        })(),
      );
      expect(yield* thrownIn(bundleWait(b, -1))).to.equal(oops);
      yield* bundleWait(b, now() + 100_000);
      expect(seen).to.deep.equal(["ECANCELED"]);
      hclose(b);
    });
  });
});

const oops = new Error("oops");
const other = new Error("other");

function* give<T>(value: T): Coroutine<T> {
  yield;
  return value;
}

function* fail(): Coroutine {
  yield;
  throw oops;
}

function* failAtOnce(): Coroutine {
  throw oops;
}

function* sleep(): Coroutine {
  yield* msleep(-1);
}

function* sleepAndSee(seen: unknown[]): Coroutine {
  try {
    yield* msleep(-1);
  } catch (error) {
    seen.push(isErrno(error) ? error.code : error);
    throw error;
  }
}
