import { expect } from "chai";
import { sleep as effectionSleep } from "effection";
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
  yieldNow,
} from "libdill-ts";
import { thrownIn } from "../support/failure.js";
import { itBoth as it } from "../support/it.js";

describe("yieldNow", () => {
  it("goes to the tail of the ready queue, as a bare yield does", function* () {
    const log: string[] = [];
    const b = bundle();
    bundleGo(b, withOperation());
    bundleGo(b, bare());
    yield* bundleWait(b, -1);
    hclose(b);
    expect(log).to.deep.equal(["o0", "b0", "o1", "b1", "o2", "b2"]);

    function* withOperation(): Coroutine {
      for (let i = 0; i < 3; i++) {
        log.push(`o${i}`);
        yield* yieldNow();
      }
    }
    function* bare(): Coroutine {
      for (let i = 0; i < 3; i++) {
        log.push(`b${i}`);
        yield;
      }
    }
  });

  it("comes straight back when nobody else is ready", function* () {
    for (let i = 0; i < 1000; i++) yield* yieldNow();
  });

  describe("cancellation", () => {
    it("returns first in a coroutine that had yielded, and throws from then on", function* () {
      const log: unknown[] = [];
      const h = go(
        (function* () {
          yield* yieldNow();
          log.push("returned");
          log.push(yield* thrownIn(yieldNow()));
        })(),
      );
      hclose(h);
      expect(log[0]).to.equal("returned");
      expect(log[1]).to.include({ code: "ECANCELED", syscall: "yield" });
    });

    it("throws from a bare yield, too", function* () {
      let error: unknown;
      const h = go(
        (function* () {
          yield;
          try {
            yield;
          } catch (caught) {
            error = caught;
          }
        })(),
      );
      hclose(h);
      expect(error).to.include({ code: "ECANCELED", syscall: "yield" });
    });
  });
});

describe("yield with a value", () => {
  it("says that an operation needs yield*, and does not start it", function* () {
    const [left, right] = chmake<number>();
    const error = yield* thrownByYielding(chsend(left, 1, -1));
    expect(error).to.include({ code: "EINVAL", syscall: "yield" });
    expect(String(error)).to.include("write yield*, not yield");
    expect(yield* thrownIn(chrecv(right, 0))).to.include({ code: "ETIMEDOUT" });
    hclose(left);
    hclose(right);
  });

  it("says that a promise can't be awaited", function* () {
    const error = yield* thrownByYielding(Promise.resolve());
    expect(String(error)).to.match(/EINVAL: a promise was yielded/);
  });

  it("rejects any other value", function* () {
    for (const value of [null, 0, "text", {}, () => {}]) {
      expect(yield* thrownByYielding(value)).to.include({ code: "EINVAL" });
    }
  });

  it("says that Effection's own operations don't run here", function* () {
    let error: unknown;
    try {
      yield* effectionSleep(1);
    } catch (caught) {
      error = caught;
    }
    expect(String(error)).to.match(/EINVAL.*Effection/);
  });

  it("lets the coroutine go on after it was told", function* () {
    yield* thrownByYielding(null);
    yield* yieldNow();
    yield;
  });
});

function* thrownByYielding(value: unknown): Coroutine<unknown> {
  try {
    yield value as never;
  } catch (error) {
    return error;
  }
  throw new Error("nothing was thrown");
}
