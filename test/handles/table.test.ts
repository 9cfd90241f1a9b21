import { expect } from "chai";
import { describe } from "mocha";
import { bundle, type Handle, hclose, hmake, hown, hquery, ipcPair } from "libdill-ts";
import { handlesOf, openHandles } from "#src/handles/table.js";
import { thrownBy } from "../support/failure.js";
import { itBoth as it } from "../support/it.js";

describe("the handle table", () => {
  it("gives positive whole numbers", () => {
    const h = thing();
    expect(Number.isInteger(h)).to.equal(true);
    expect(h).to.be.greaterThan(0);
    hclose(h);
  });

  it("never gives a number twice", () => {
    const seen = new Set<number>();
    for (let i = 0; i < 10_000; i++) {
      const h = thing();
      expect(seen.has(h)).to.equal(false);
      seen.add(h);
      hclose(h);
    }
  });

  it("keeps a stale number invalid after its slot was used again", () => {
    const stale = thing();
    hclose(stale);
    const others = Array.from({ length: 3000 }, thing);
    expect(thrownBy(() => hclose(stale))).to.include({ code: "EBADF" });
    for (const h of others) hclose(h);
    expect(thrownBy(() => hquery(stale, type))).to.include({ code: "EBADF" });
  });

  it("finds every resource again after growing, and strands no number", () => {
    const before = openHandles();
    const closed: number[] = [];
    const handles = Array.from({ length: 5000 }, (_, i) =>
      hmake({ query: () => i + 1, close: () => void closed.push(i) }),
    );
    expect(openHandles()).to.equal(before + 5000);
    handles.forEach((h, i) => {
      expect(hquery(h, type)).to.equal(i + 1);
    });
    for (const h of handles) hclose(h);
    expect(closed).to.deep.equal(Array.from({ length: 5000 }, (_, i) => i));
    expect(openHandles()).to.equal(before);
  });

  it("goes on with long-lived handles among short-lived ones", () => {
    const old = Array.from({ length: 100 }, thing);
    for (let i = 0; i < 5000; i++) hclose(thing());
    for (const h of old) expect(hquery(h, type)).to.equal("thing");
    for (const h of old) hclose(h);
  });

  it("throws EBADF for every number that is not open, and names it", () => {
    const before = openHandles();
    const bad = [-1, 0, 0.5, -2, -256, 2 ** 31, 2 ** 53, Number.NaN, Infinity, -Infinity];
    for (const number of bad) {
      for (const call of [hclose, hown, (h: Handle) => hquery(h, type)]) {
        const error = thrownBy(() => call(number as Handle));
        expect(error, String(number)).to.include({ code: "EBADF" });
        expect(String(error)).to.include(`handle ${number} is not open`);
      }
    }
    expect(openHandles()).to.equal(before);
  });

  it("throws EBADF for what is no number, and says what may be missing", () => {
    const bad = [
      undefined,
      null,
      "1",
      {},
      [],
      () => {},
      Symbol("h"),
      1n,
      true,
      Object.create(null),
    ];
    for (const value of bad) {
      const error = thrownBy(() => hclose(value as never));
      expect(error, typeof value).to.include({ code: "EBADF" });
      expect(String(error)).to.include("was a yield* forgotten?");
    }
  });

  it("names the operation that was taken for its result", () => {
    const error = thrownBy(() => hclose(ipcPair() as never));
    expect(String(error)).to.include("this is the operation ipc_pair; was a yield* forgotten?");
  });

  it("lists an owner's handles, newest first", function* () {
    expect(
      handlesOf({
        open: 0,
        live: 0,
        isEnding: false,
        isAbortable: false,
        awaitSignal: () => () => {},
        failed() {},
        awaitWork() {},
      }),
    ).to.deep.equal([]);
    const handles = [bundle(), bundle()];
    for (const h of handles) hclose(h);
  });
});

const type = Symbol("thing");

function thing(): Handle {
  return hmake({ query: () => "thing", close: () => {} });
}
