import { expect } from "chai";
import { DillError } from "libdill-ts";
import { checkSendList, makeBuffer, makeTargets } from "#src/sockets/iolist.js";

describe("checkSendList", () => {
  it("returns a list of buffers as it is", () => {
    for (const list of [[], [Buffer.from("a")], [new Uint8Array(2), Buffer.alloc(0)]]) {
      expect(checkSendList(list, "bsendl")).to.equal(list);
    }
  });

  it("refuses everything else with EINVAL, and says what to write for text", () => {
    const wrong = [null, undefined, Buffer.from("a"), "a", [null], [Buffer.from("a"), 5], [[]]];
    for (const list of wrong) {
      expect(() => checkSendList(list, "bsendl")).to.throw(DillError, "EINVAL");
    }
    const text = ["text"];
    expect(() => checkSendList(text, "bsend")).to.throw(DillError, "write Buffer.from(text)");
  });
});

describe("makeTargets", () => {
  it("keeps buffers, copies gaps, and makes a buffer of each number", () => {
    const given = Buffer.from("given");
    const gap = { skip: 7 };
    const targets = makeTargets([given, gap, 3, 0], "brecvl");
    expect(targets[0]).to.equal(given);
    expect(targets[1]).to.deep.equal(gap);
    expect(targets[1]).not.to.equal(gap);
    expect(targets.slice(2).map((target) => (target as Buffer).length)).to.deep.equal([3, 0]);
  });

  it("refuses everything else with EINVAL", () => {
    const wrong = [
      null,
      5,
      [-1],
      [0.5],
      [NaN],
      ["1"],
      [null],
      [{}],
      [{ skip: -1 }],
      [{ skip: "1" }],
    ];
    for (const list of wrong) {
      expect(() => makeTargets(list, "brecvl")).to.throw(DillError, "EINVAL");
    }
  });
});

describe("makeBuffer", () => {
  it("makes a new buffer of that many bytes", () => {
    expect(makeBuffer(0, "brecv")).to.have.length(0);
    expect(makeBuffer(100_000, "brecv")).to.have.length(100_000);
  });

  it("refuses what is no number of bytes, or more than a buffer can hold, with EINVAL", () => {
    for (const length of [-1, 0.5, NaN, Infinity, "5", undefined, null, {}]) {
      expect(() => makeBuffer(length, "brecv")).to.throw(DillError, "EINVAL");
    }
    const huge = Number.MAX_SAFE_INTEGER;
    expect(() => makeBuffer(huge, "brecv")).to.throw(DillError, "receive them in parts");
  });
});
