// How far a grace reaches through blocks.
import { expect } from "chai";
import { describe } from "mocha";
import {
  type Bundle,
  bundle,
  bundleGo,
  type Coroutine,
  go,
  hclose,
  msleep,
  now,
  scope,
  withDeadline,
} from "libdill-ts";
import { asCoroutine, type Log, nameOf, saying } from "../support/cutShort.js";
import { codeOrNone, thrownIn } from "../support/failure.js";
import { slow, closed, scoped } from "../support/graceful.js";
import { itBoth as it } from "../support/it.js";

describe("through a block, a grace", () => {
  it("reaches the body of a scope and its coroutines, each once", function* () {
    const log: Log = [];
    yield* closed(
      scoped(function* (b) {
        bundleGo(b, slow(log, "a"));
        bundleGo(b, slow(log, "b"));
        yield* slow(log, "body");
      }),
    );
    expect(log.slice(0, 3)).to.deep.equal(["body ECANCELED", "a ECANCELED", "b ECANCELED"]);
    expect(log.slice(3)).to.have.members(["body done", "a done", "b done"]);
  });

  it("comes out of the scope as its caller's one ECANCELED", function* () {
    const log: Log = [];
    yield* closed(
      (function* () {
        yield* codeOrNone(scope(() => slow(log, "body")));
        log.push(yield* codeOrNone(msleep(now() + 1)));
      })(),
    );
    expect(log).to.deep.equal(["body ECANCELED", "body done", "none"]);
  });

  for (const [name, block] of Object.entries({
    scope: (body: () => Coroutine<string>) => scope(body),
    withDeadline: (body: () => Coroutine<string>) => withDeadline(-1, body),
  })) {
    it(`leaves the caller its ECANCELED if the ${name} returns a value`, function* () {
      const log: Log = [];
      yield* closed(
        (function* () {
          log.push(yield* block(swallow));
          log.push(yield* codeOrNone(msleep(now() + 1)));
          log.push(yield* codeOrNone(msleep(now() + 1)));
        })(),
      );
      expect(log).to.deep.equal(["value", "ECANCELED", "none"]);
    });

    it(`counts what the ${name} throws as the caller's ECANCELED`, function* () {
      const log: Log = [];
      yield* closed(
        (function* () {
          log.push(nameOf(yield* thrownIn(block(fail))));
          log.push(yield* codeOrNone(msleep(now() + 1)));
        })(),
      );
      expect(log).to.deep.equal(["oops", "none"]);
    });
  }

  it("does not reach bundles made with bundle or go, until their maker has ended", function* () {
    const log: Log = [];
    yield* closed(
      (function* () {
        const b = bundle();
        bundleGo(
          b,
          saying(log, "bundle", () => asCoroutine(msleep(-1))),
        );
        const h = go(saying(log, "go", () => asCoroutine(msleep(-1))));
        yield* codeOrNone(msleep(-1));
        yield* msleep(now() + 2);
        log.push("cleaned up");
        hclose(b);
        hclose(h);
      })(),
    );
    expect(log).to.deep.equal(["cleaned up", "bundle ECANCELED", "go ECANCELED"]);
  });

  it("makes a withDeadline that hits afterwards ECANCELED", function* () {
    const log: Log = [];
    yield* closed(
      (function* () {
        log.push(yield* codeOrNone(withDeadline(now() + 5, () => slow(log, "block", 60_000))));
      })(),
    );
    expect(log).to.deep.equal(["block ECANCELED", "block cut ECANCELED", "ECANCELED"]);
  });

  it("gives a withDeadline of the clean-up ETIMEDOUT", function* () {
    const log: Log = [];
    yield* closed(
      (function* () {
        try {
          yield* msleep(-1);
        } finally {
          log.push(yield* codeOrNone(withDeadline(now() + 1, () => asCoroutine(msleep(-1)))));
        }
      })(),
    );
    expect(log).to.deep.equal(["ETIMEDOUT"]);
  });

  it("makes a scope whose body has ended ECANCELED if coroutines were still at work", function* () {
    const log: Log = [];
    yield* closed(
      (function* () {
        log.push(yield* codeOrNone(scope(startSwallowing)));
      })(),
    );
    expect(log).to.deep.equal(["went on", "ECANCELED"]);

    function* startSwallowing(b: Bundle): Coroutine<string> {
      bundleGo(
        b,
        (function* () {
          yield* swallow();
          log.push("went on");
        })(),
      );
      return "value";
    }
  });

  it("tells those of a told scope whom its body has started meanwhile once the body has ended", function* () {
    const log: Log = [];
    yield* closed(
      scoped(function* (b) {
        try {
          yield* msleep(-1);
        } catch {
          bundleGo(b, slow(log, "late"));
          yield* msleep(now() + 3);
          log.push("body ends");
        }
      }),
    );
    expect(log).to.deep.equal(["body ends", "late ECANCELED", "late done"]);
  });

  it("is not told to whom a member starts in its grace, who ends at the deadline", function* () {
    const log: Log = [];
    yield* closed(
      scoped(function* (b) {
        try {
          yield* msleep(-1);
        } finally {
          bundleGo(b, slow(log, "late", 60_000));
          yield* saying(log, "body", () => asCoroutine(msleep(-1)));
        }
      }),
      now() + 5,
    );
    expect(log).to.deep.equal(["body ECANCELED", "late ECANCELED", "late cut ECANCELED"]);
  });
});

function* swallow(): Coroutine<string> {
  yield* codeOrNone(msleep(-1));
  return "value";
}

function* fail(): Coroutine<string> {
  yield* codeOrNone(msleep(-1));
  throw new Error("oops");
}
