import { expect } from "chai";
import { describe } from "mocha";
import {
  bundle,
  bundleGo,
  bundleWait,
  type Coroutine,
  go,
  type Handle,
  hclose,
  hmake,
  hown,
  hquery,
  msleep,
  owned,
} from "libdill-ts";
import { thrownBy } from "../support/failure.js";
import { itBoth as it } from "../support/it.js";

describe("owned", () => {
  it("closes the handle at the end of its block", () => {
    const log: string[] = [];
    {
      using first = owned(logging("first"));
      using second = owned(logging("second"));
      expect(first.handle).to.be.lessThan(second.handle);
      log.push("body");
    }
    expect(log).to.deep.equal(["body", "second", "first"]);

    function logging(name: string): Handle {
      return hmake({ query: () => name, close: () => void log.push(name) });
    }
  });

  it("closes it when the block throws", () => {
    let closes = 0;
    expect(
      thrownBy(() => {
        using h = owned(hmake({ query: () => undefined, close: () => void closes++ }));
        throw new Error(String(h.handle));
      }),
    ).to.be.instanceOf(Error);
    expect(closes).to.equal(1);
  });

  it("cancels a bundle when the coroutine that owns it is canceled", function* () {
    let isEnded = false;
    const h = go(
      (function* () {
        using b = owned(bundle());
        bundleGo(b, sleep());
        yield* bundleWait(b, -1);
      })(),
    );
    hclose(h);
    expect(isEnded).to.equal(true);

    function* sleep(): Coroutine {
      try {
        yield* msleep(-1);
      } finally {
        isEnded = true;
      }
    }
  });

  it("stands for the handle in every function", function* () {
    using h = owned(hmake({ query: () => "answer", close: () => {} }));
    expect(hquery(h, Symbol("type"))).to.equal("answer");
    const other = owned(bundle());
    yield* bundleWait(other, -1);
    hclose(hown(other));
  });

  it("has nothing left to do when the handle was closed or taken over before", () => {
    let closes = 0;
    const make = (): Handle => hmake({ query: () => undefined, close: () => void closes++ });
    {
      using h = owned(make());
      hclose(h);
    }
    expect(closes).to.equal(1);
    let mine: Handle | undefined;
    {
      using h = owned(make());
      mine = hown(h.handle);
    }
    expect(closes).to.equal(1);
    hclose(mine);
  });

  it("closes at the end of an async function's block, too", async () => {
    let closes = 0;
    {
      await using h = owned(hmake({ query: () => undefined, close: () => void closes++ }));
      await Promise.resolve();
      expect(h.handle).to.be.greaterThan(0);
      expect(closes).to.equal(0);
    }
    expect(closes).to.equal(1);
  });

  it("keeps both errors where the block fails and so does a coroutine of its bundle", function* () {
    const error = thrownBy(() => {
      using b = owned(bundle());
      bundleGo(b, failWhenCanceled());
      throw new Error("of the block");
    });
    expect(error).to.have.property("name", "SuppressedError");
    expect(error).to.have.nested.property("error.message", "of the coroutine");
    expect(error).to.have.nested.property("suppressed.message", "of the block");
    yield;

    function* failWhenCanceled(): Coroutine {
      try {
        yield* msleep(-1);
      } catch (cause) {
        throw new Error("of the coroutine", { cause });
      }
    }
  });

  it("throws EBADF for a handle that is not open", () => {
    const h = hmake({ query: () => undefined, close: () => {} });
    hclose(h);
    expect(thrownBy(() => owned(h))).to.include({ code: "EBADF", syscall: "owned" });
  });
});
