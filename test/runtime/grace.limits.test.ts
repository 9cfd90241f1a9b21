// A grace and the failures in it, a second one, and its end.
import { expect } from "chai";
import { describe } from "mocha";
import {
  bundle,
  bundleClose,
  bundleGo,
  type Coroutine,
  hclose,
  msleep,
  now,
  scope,
} from "libdill-ts";
import { asCoroutine, type Log, nameOf, saying } from "../support/cutShort.js";
import { codeOrNone, thrownBy, thrownIn } from "../support/failure.js";
import { slow, closed, scoped } from "../support/graceful.js";
import { itBoth as it } from "../support/it.js";

describe("in a grace", () => {
  it("a clean-up that fails cuts no other short", function* () {
    const log: Log = [];
    const b = bundle();
    bundleGo(b, asCoroutine(scope(fail)));
    bundleGo(b, slow(log, "a", 3));
    bundleGo(b, fail());
    bundleGo(b, slow(log, "b", 3));
    const error = (yield* thrownIn(bundleClose(b, -1))) as AggregateError;
    expect(error.errors.map(nameOf)).to.have.members(["oops", "oops"]);
    expect(log).to.have.members(["a ECANCELED", "b ECANCELED", "a done", "b done"]);
  });

  it("a clean-up that fails in a scope cuts neither its siblings nor its body short", function* () {
    const log: Log = [];
    const error = yield* thrownIn(
      closed(
        scoped(function* (b) {
          bundleGo(b, fail() as never);
          bundleGo(b, slow(log, "sibling", 3));
          yield* slow(log, "body", 3);
        }),
      ) as never,
    );
    expect(nameOf(error)).to.equal("oops");
    expect(log).to.have.members([
      "body ECANCELED",
      "sibling ECANCELED",
      "body done",
      "sibling done",
    ]);
  });

  it("thousands of scopes, each in the one before, are told once and have their time", function* () {
    let told = 0;
    let isDeep = false;
    const b = bundle();
    bundleGo(b, nest(10_000));
    while (!isDeep) yield;
    yield* bundleClose(b, -1);
    expect(told).to.equal(10_000);

    function* nest(depth: number): Coroutine {
      isDeep = depth === 0;
      if (isDeep) yield* msleep(-1);
      try {
        yield* scope(() => nest(depth - 1));
      } finally {
        yield* msleep(now());
        told++;
      }
    }
  });

  it("a second grace gives no second ECANCELED, and its earlier deadline counts", function* () {
    const log: Log = [];
    const outer = bundle();
    bundleGo(
      outer,
      (function* () {
        const inner = bundle();
        bundleGo(inner, slow(log, "a", 60_000));
        yield* bundleClose(inner, now() + 50_000);
      })(),
    );
    yield* msleep(now() + 1);
    yield* bundleClose(outer, now() + 5);
    expect(log).to.deep.equal(["a ECANCELED", "a cut ECANCELED"]);
  });

  it("a second grace with a later deadline changes nothing", function* () {
    const log: Log = [];
    const outer = bundle();
    bundleGo(
      outer,
      (function* () {
        const inner = bundle();
        bundleGo(inner, slow(log, "a", 60_000));
        yield* bundleClose(inner, now() + 5);
        log.push(yield* codeOrNone(msleep(now() + 1)));
      })(),
    );
    yield* msleep(now() + 1);
    yield* bundleClose(outer, now() + 50_000);
    expect(log).to.deep.equal(["a ECANCELED", "a cut ECANCELED", "ECANCELED"]);
  });

  it("a cancellation without grace ends it at once", function* () {
    const log: Log = [];
    const outer = bundle();
    bundleGo(
      outer,
      (function* () {
        const inner = bundle();
        bundleGo(inner, slow(log, "a", 60_000));
        yield* saying(log, "closer", () => asCoroutine(bundleClose(inner, -1)));
      })(),
    );
    yield* msleep(now() + 1);
    hclose(outer);
    expect(log).to.deep.equal(["a ECANCELED", "a cut ECANCELED", "closer ECANCELED"]);
  });

  it("its bundle takes nobody", function* () {
    const log: Log = [];
    const b = bundle();
    bundleGo(
      b,
      (function* () {
        yield* codeOrNone(msleep(-1));
        log.push(nameOf(thrownBy(() => bundleGo(b, slow(log, "late")))));
      })(),
    );
    yield* bundleClose(b, -1);
    expect(log).to.deep.equal(["EBADF"]);
  });
});

function* fail(): Coroutine<string> {
  yield* codeOrNone(msleep(-1));
  throw new Error("oops");
}
