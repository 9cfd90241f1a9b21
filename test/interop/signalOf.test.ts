import { getEventListeners } from "node:events";
import { expect } from "chai";
import {
  bundle,
  bundleGo,
  choose,
  type Coroutine,
  go,
  hclose,
  isErrno,
  join,
  msleep,
  now,
  run,
  scope,
  signalOf,
  withDeadline,
} from "libdill-ts";
import { codeOf, rejectionOf, thrownBy } from "../support/failure.js";
import { itBoth as it } from "../support/it.js";

describe("signalOf", () => {
  it("is one signal for each coroutine", function* () {
    const mine = signalOf();
    expect(signalOf()).to.equal(mine);
    const h = go(
      (function* () {
        yield;
        return [signalOf(), signalOf()] as const;
      })(),
    );
    const [first, second] = yield* join(h, -1);
    expect(first).to.equal(second);
    expect(first).not.to.equal(mine);
    hclose(h);
  });

  it("is aborted when the coroutine is canceled, before its ECANCELED arrives", function* () {
    const log: string[] = [];
    const h = go(
      (function* () {
        const signal = signalOf();
        signal.addEventListener("abort", () => {
          log.push(`abort ${isErrno(signal.reason, "ECANCELED")}`);
        });
        try {
          yield* msleep(-1);
        } finally {
          log.push("ECANCELED");
        }
      })(),
    );
    hclose(h);
    expect(log).to.deep.equal(["abort true", "ECANCELED"]);
  });

  it("is not aborted when the coroutine ends in another way", function* () {
    const b = bundle();
    const signals: AbortSignal[] = [];
    function* child(): Coroutine {
      signals.push(signalOf());
      yield;
    }
    yield* join(bundleGo(b, child()), -1);
    hclose(b);
    expect(signals.map(({ aborted }) => aborted)).to.deep.equal([false]);
  });

  it("is aborted from the start in a coroutine that is being canceled", function* () {
    let signal: AbortSignal | undefined;
    const h = go(
      (function* () {
        try {
          yield* msleep(-1);
        } finally {
          signal = signalOf();
        }
      })(),
    );
    hclose(h);
    expect(signal?.aborted).to.equal(true);
  });

  it("of a block is aborted when the block is cut short, and the caller's is not", function* () {
    const mine = signalOf();
    let inner: AbortSignal | undefined;
    const block = withDeadline(now() + 1, function* () {
      inner = signalOf();
      yield* msleep(-1);
    });
    expect(yield* codeOf(block)).to.equal("ETIMEDOUT");
    expect([inner?.aborted, mine.aborted]).to.deep.equal([true, false]);
  });

  it("of all in a scope is aborted when a sibling fails", function* () {
    const signals: AbortSignal[] = [];
    function* waiting(): Coroutine {
      signals.push(signalOf());
      yield* msleep(-1);
    }
    const failing = scope(function* (b) {
      bundleGo(b, waiting());
      bundleGo(b, waiting());
      yield;
      throw new Error("mine");
    });
    try {
      yield* failing;
    } catch {}
    expect(signals.map(({ aborted }) => aborted)).to.deep.equal([true, true]);
  });

  it("of a coroutine that cancels its own bundle from inside is aborted, too", async () => {
    let signal: AbortSignal | undefined;
    await rejectionOf(
      run(
        (function* () {
          yield* scope(function* (b) {
            bundleGo(
              b,
              (function* () {
                throw new Error("mine");
              })(),
            );
            signal = signalOf();
            yield* msleep(-1);
          });
        })(),
      ),
    );
    expect(signal?.aborted).to.equal(true);
  });

  it("is EINVAL outside a coroutine", () => {
    expect(thrownBy(signalOf)).to.include({ code: "EINVAL", syscall: "signal_of" });
  });
});

describe("run, with one long-lived signal", () => {
  it("puts one listener on it, however many runs and choices wait for it, and each is told", async () => {
    const controller = new AbortController();
    const { signal } = controller;
    const runs = Array.from({ length: 20 }, () => run(sleeping(), { signal }));
    const choices = Array.from({ length: 20 }, () => run(choosing(signal)));
    expect(getEventListeners(signal, "abort")).to.have.lengthOf(1);
    await run(give(), { signal });
    expect(getEventListeners(signal, "abort")).to.have.lengthOf(1);
    controller.abort("enough");
    for (const each of runs) expect(await rejectionOf(each)).to.include({ cause: "enough" });
    expect(new Set(await Promise.all(choices))).to.deep.equal(new Set(["enough"]));
    expect(getEventListeners(signal, "abort")).to.have.lengthOf(0);
  });

  it("leaves no listener, however it ends", async () => {
    const controller = new AbortController();
    const { signal } = controller;
    function* value(): Coroutine<number> {
      yield;
      return 1;
    }
    function* failure(): Coroutine {
      yield;
      throw new Error("mine");
    }
    for (let i = 0; i < 20; i++) {
      await run(value(), { signal });
      await rejectionOf(run(failure(), { signal }));
    }
    expect(getEventListeners(signal, "abort")).to.have.lengthOf(0);
    const canceled = rejectionOf(run(sleeping(), { signal }));
    expect(getEventListeners(signal, "abort")).to.have.lengthOf(1);
    controller.abort();
    expect(isErrno(await canceled, "ECANCELED")).to.equal(true);
    expect(isErrno(await rejectionOf(run(sleeping(), { signal })), "ECANCELED")).to.equal(true);
    expect(getEventListeners(signal, "abort")).to.have.lengthOf(0);
  });
});

function* choosing(signal: AbortSignal): Coroutine<unknown> {
  const { value } = yield* choose([{ op: "abort", signal }], -1);
  return value;
}

function* give(): Coroutine {
  yield;
}

function* sleeping(): Coroutine {
  yield* msleep(-1);
}
