import { expect } from "chai";
import { describe } from "mocha";
import { bundleWait, go, type Handle, hclose, hmake, hown, msleep, run } from "libdill-ts";
import { thrownBy, thrownIn } from "../support/failure.js";
import { itBoth as it } from "../support/it.js";

describe("hmake", () => {
  it("makes a handle whose close runs once, when it is closed", () => {
    let closes = 0;
    const h = hmake({ query: () => undefined, close: () => void closes++ });
    expect(closes).to.equal(0);
    hclose(h);
    expect(closes).to.equal(1);
    expect(thrownBy(() => hclose(h))).to.include({ code: "EBADF" });
    expect(closes).to.equal(1);
  });

  it("calls the methods on their object", () => {
    class Counter {
      isOpen = true;
      query(): this {
        return this;
      }
      close(): void {
        this.isOpen = false;
      }
    }
    const counter = new Counter();
    hclose(hmake(counter));
    expect(counter.isOpen).to.equal(false);
  });

  it("heeds no other methods or properties of the object, however they are called", function* () {
    let closes = 0;
    const refuse = (): never => {
      throw new Error("this is nobody else's business");
    };
    const object = {
      query: () => undefined,
      close: () => void closes++,
      checkClose: refuse,
      moved: refuse,
      get kind(): string {
        return refuse();
      },
    };
    const h = hown(hmake(object));
    expect(yield* thrownIn(bundleWait(h as never, -1))).to.include({ code: "ENOTSUP" });
    hclose(h);
    expect(closes).to.equal(1);
  });

  it("is closed by the end of its run, newest first", async () => {
    const log: string[] = [];
    await run(
      (function* () {
        for (const name of ["a", "b", "c"]) logging(name);
        yield;
      })(),
    );
    expect(log).to.deep.equal(["c", "b", "a"]);

    function logging(name: string): Handle {
      return hmake({ query: () => undefined, close: () => void log.push(name) });
    }
  });

  describe("cancellation", () => {
    it("throws ECANCELED in a coroutine that is being canceled, and in a close", function* () {
      const errors: unknown[] = [];
      const outer = hmake({
        query: () => undefined,
        close: () => errors.push(thrownBy(() => hmake(nothing))),
      });
      const h = go(
        (function* () {
          try {
            yield* msleep(-1);
          } finally {
            errors.push(thrownBy(() => hmake(nothing)));
          }
        })(),
      );
      hclose(h);
      hclose(outer);
      expect(errors).to.have.length(2);
      for (const error of errors) expect(error).to.include({ code: "ECANCELED", syscall: "hmake" });
    });
  });

  describe("errors", () => {
    it("throws EINVAL when a method is missing, and says which are needed", () => {
      const bad = [
        undefined,
        null,
        {},
        5,
        { query: () => 0 },
        { close: () => 0 },
        { query: 1, close: 2 },
      ];
      for (const methods of bad) {
        const error = thrownBy(() => hmake(methods as never));
        expect(error).to.include({ code: "EINVAL", syscall: "hmake" });
        expect(String(error)).to.include("query(type) and close()");
      }
    });
  });
});

const nothing = { query: (): undefined => undefined, close: (): void => {} };
