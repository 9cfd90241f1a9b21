import { expect } from "chai";
import {
  chmake,
  chrecv,
  chsend,
  type Coroutine,
  go,
  hclose,
  hmake,
  hown,
  hquery,
  owned,
} from "libdill-ts";
import { thrownBy } from "../support/failure.js";
import { it } from "../support/it.js";

describe("owned", () => {
  it("closes the handle when its block ends", () => {
    let closed = 0;
    {
      using h = owned(hmake({ query: () => "it", close: () => (closed += 1) }));
      expect(hquery(h, Symbol("any"))).to.equal("it");
      expect(closed).to.equal(0);
    }
    expect(closed).to.equal(1);
  });

  it("closes it when the block throws", () => {
    let closed = 0;
    const body = (): void => {
      using h = owned(hmake({ query: () => undefined, close: () => (closed += 1) }));
      throw new Error(`mine ${h}`);
    };
    expect(body).to.throw("mine");
    expect(closed).to.equal(1);
  });

  it("stands for the handle in every function", function* () {
    const [first, second] = chmake<number>();
    using a = owned(first);
    using b = owned(second);
    expect(a.handle).to.equal(first);
    expect(Number(a)).to.equal(first);
    const sender = go(
      (function* (): Coroutine {
        yield* chsend(a, 6, -1);
      })(),
    );
    expect(yield* chrecv(b, -1)).to.equal(6);
    hclose(sender);
  });

  it("has nothing left to do when the handle is closed already", () => {
    let closed = 0;
    {
      using h = owned(hmake({ query: () => undefined, close: () => (closed += 1) }));
      hclose(h);
      expect(closed).to.equal(1);
    }
    expect(closed).to.equal(1);
  });

  it("leaves the resource to whoever took it over", () => {
    let closed = 0;
    const h = hmake({ query: () => undefined, close: () => (closed += 1) });
    let taken = h;
    {
      using mine = owned(h);
      taken = Number(hown(mine)) as typeof h;
    }
    expect(closed).to.equal(0);
    hclose(taken);
    expect(closed).to.equal(1);
  });

  describe("errors", () => {
    it("throws EBADF for a handle that is not open", () => {
      const h = hmake({ query: () => undefined, close: () => {} });
      hclose(h);
      expect(thrownBy(() => owned(h))).to.include({ code: "EBADF", syscall: "owned" });
    });
  });
});
