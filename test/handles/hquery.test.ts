import { expect } from "chai";
import { describe } from "mocha";
import { bundle, chmake, type HandleType, hclose, hmake, hquery } from "libdill-ts";
import { thrownBy } from "../support/failure.js";
import { it } from "../support/it.js";

interface Quote {
  readonly words: string;
}

const quoteType: HandleType<Quote> = Symbol("quote");
const otherType: HandleType<Quote> = Symbol("quote");

describe("hquery", () => {
  it("returns the interface that the resource has for the type", () => {
    const quote: Quote = { words: "42" };
    const h = hmake({
      query: (type) => (type === quoteType ? quote : undefined),
      close: () => {},
    });
    const found: Quote = hquery(h, quoteType);
    expect(found).to.equal(quote);
    hclose(h);
  });

  it("hands back whatever the resource answers, but nothing", () => {
    for (const answer of [0, "", false, Number.NaN]) {
      const h = hmake({ query: () => answer, close: () => {} });
      expect(hquery(h, quoteType)).to.deep.equal(answer);
      hclose(h);
    }
  });

  it("works in a coroutine that is being canceled: inside a close", () => {
    const other = hmake({ query: () => "answer", close: () => {} });
    let answer: unknown;
    const h = hmake({
      query: () => undefined,
      close: () => {
        answer = hquery(other, quoteType);
      },
    });
    hclose(h);
    expect(answer).to.equal("answer");
    hclose(other);
  });

  describe("errors", () => {
    it("throws ENOTSUP for a type the resource does not have", () => {
      for (const answer of [undefined, null]) {
        const h = hmake({ query: () => answer, close: () => {} });
        const error = thrownBy(() => hquery(h, otherType));
        expect(error).to.include({ code: "ENOTSUP", syscall: "hquery" });
        expect(String(error)).to.include("not a quote");
        hclose(h);
      }
    });

    it("throws ENOTSUP for the library's own handles, and says what they are", () => {
      const b = bundle();
      expect(String(thrownBy(() => hquery(b, quoteType)))).to.include("is a bundle, not a quote");
      const [left, right] = chmake();
      expect(String(thrownBy(() => hquery(left, quoteType)))).to.include("is a channel");
      for (const open of [b, left, right]) hclose(open);
    });

    it("throws EBADF for a closed handle", () => {
      const h = hmake({ query: () => "thing", close: () => {} });
      hclose(h);
      expect(thrownBy(() => hquery(h, quoteType))).to.include({ code: "EBADF", syscall: "hquery" });
    });
  });
});
