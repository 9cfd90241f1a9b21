import { expect } from "chai";
import { chmake, hclose, hmake, type Handle, type HandleType, hquery } from "libdill-ts";
import { thrownBy } from "../support/failure.js";
import { it } from "../support/it.js";

const quoteType: HandleType<{ text: string }> = Symbol("quote");

describe("hquery", () => {
  it("returns what the resource's query returns for the type", () => {
    const quote = { text: "less is more" };
    const asked: unknown[] = [];
    const h = hmake({
      query(type) {
        asked.push(type);
        return type === quoteType ? quote : undefined;
      },
      close() {},
    });
    expect(hquery(h, quoteType)).to.equal(quote);
    expect(asked).to.deep.equal([quoteType]);
    hclose(h);
  });

  it("lets an error of the resource's query through", () => {
    const mine = new Error("mine");
    const h = hmake({
      query() {
        throw mine;
      },
      close() {},
    });
    expect(() => hquery(h, quoteType)).to.throw(mine);
    hclose(h);
  });

  describe("errors", () => {
    it("throws EBADF for a handle that is not open", () => {
      const h = hmake({ query: () => 1, close: () => {} });
      hclose(h);
      expect(thrownBy(() => hquery(h, quoteType))).to.include({ code: "EBADF", syscall: "hquery" });
    });

    for (const nothing of [undefined, null]) {
      it(`throws ENOTSUP when the resource answers ${nothing}, naming the type`, () => {
        const h = hmake({ query: () => nothing, close: () => {} });
        const error = thrownBy(() => hquery(h, quoteType));
        expect(error).to.include({ code: "ENOTSUP", syscall: "hquery" });
        expect(error.message).to.contain("quote");
        hclose(h);
      });
    }

    it("throws ENOTSUP for a handle of the library's own", () => {
      const [a, b] = chmake();
      const error = thrownBy(() => hquery(a as Handle, quoteType));
      expect(error.code).to.equal("ENOTSUP");
      expect(error.message).to.contain("a channel");
      hclose(a);
      hclose(b);
    });
  });
});
