import { expect } from "chai";
import { Ring } from "#src/collections/ring.js";

describe("Ring", () => {
  it("is empty at first", () => {
    const ring = new Ring<number>();
    expect([ring.length, ring.shift(), ring.length]).to.deep.equal([0, undefined, 0]);
  });

  it("gives back in the order in which it was given", () => {
    const ring = new Ring<string>();
    for (const item of "abc") ring.push(item);
    expect([ring.shift(), ring.shift(), ring.shift()]).to.deep.equal(["a", "b", "c"]);
  });

  it("grows while its items wrap around", () => {
    const ring = new Ring<number>();
    let [pushed, shifted] = [0, 0];
    for (let round = 0; round < 200; round++) {
      for (let i = 0; i < 3; i++) ring.push(pushed++);
      for (let i = 0; i < 2; i++) expect(ring.shift()).to.equal(shifted++);
    }
    expect(ring.length).to.equal(pushed - shifted);
    while (ring.length > 0) expect(ring.shift()).to.equal(shifted++);
    expect(shifted).to.equal(pushed);
  });

  it("holds undefined like any other item", () => {
    const ring = new Ring<undefined>();
    ring.push(undefined);
    expect(ring.length).to.equal(1);
    ring.shift();
    expect(ring.length).to.equal(0);
  });

  it("drops the item that came last, and no other", () => {
    const ring = new Ring<string>();
    expect(ring.dropLast("a")).to.equal(false);
    for (const item of "ab") ring.push(item);
    expect(ring.dropLast("a")).to.equal(false);
    expect(ring.dropLast("b")).to.equal(true);
    expect([ring.length, ring.shift()]).to.deep.equal([1, "a"]);
  });

  it("drops nothing when it is empty, not even undefined", () => {
    const ring = new Ring<undefined>();
    expect(ring.dropLast(undefined)).to.equal(false);
    expect(ring.length).to.equal(0);
  });

  it("keeps what fits, in its order", () => {
    const ring = new Ring<number>();
    for (let i = 0; i < 40; i++) ring.push(i);
    for (let i = 0; i < 30; i++) ring.shift();
    for (let i = 40; i < 50; i++) ring.push(i);
    ring.keep((item) => item % 5 === 0);
    expect(ring.length).to.equal(4);
    expect([ring.shift(), ring.shift(), ring.shift(), ring.shift()]).to.deep.equal([
      30, 35, 40, 45,
    ]);
  });
});
