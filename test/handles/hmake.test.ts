import { expect } from "chai";
import { type Coroutine, go, hclose, hmake, type HandleMethods, hquery, msleep } from "libdill-ts";
import { thrownBy } from "../support/failure.js";
import { it } from "../support/it.js";

const plain: HandleMethods = { query: () => undefined, close: () => {} };

describe("hmake", () => {
  it("makes a handle whose query and close are called on the object itself", () => {
    class Counter implements HandleMethods {
      count = 0;
      query(): this {
        this.count += 1;
        return this;
      }
      close(): void {
        this.count += 100;
      }
    }
    const counter = new Counter();
    const h = hmake(counter);
    expect(hquery(h, Symbol("any"))).to.equal(counter);
    hclose(h);
    expect(counter.count).to.equal(101);
  });

  it("never gives a number twice", () => {
    const seen = new Set<number>();
    for (let i = 0; i < 2000; i++) {
      const h = hmake(plain);
      seen.add(h);
      hclose(h);
    }
    expect(seen.size).to.equal(2000);
  });

  it("makes handles outside a run, which no run closes", async () => {
    const h = hmake(plain);
    await Promise.resolve();
    hclose(h);
  });

  describe("errors", () => {
    it("throws ECANCELED in a coroutine that is being canceled", function* () {
      let code = "";
      const h = go(
        (function* (): Coroutine {
          try {
            yield* msleep(-1);
          } finally {
            code = thrownBy(() => hmake(plain)).code;
          }
        })(),
      );
      hclose(h);
      expect(code).to.equal("ECANCELED");
    });

    it("throws ECANCELED inside a handle's close", () => {
      let code = "";
      hclose(hmake({ ...plain, close: () => (code = thrownBy(() => hmake(plain)).code) }));
      expect(code).to.equal("ECANCELED");
    });

    for (const wrong of [undefined, null, 5, {}, { query: () => 1 }, { close: () => {} }]) {
      it(`throws EINVAL for ${JSON.stringify(wrong)} with ${Object.keys(wrong ?? {}).join()}`, () => {
        const error = thrownBy(() => hmake(wrong as unknown as HandleMethods));
        expect(error).to.include({ code: "EINVAL", syscall: "hmake" });
        expect(error.message).to.contain("query(type) and close()");
      });
    }
  });
});
