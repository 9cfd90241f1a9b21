import { expect } from "chai";
import { describe } from "mocha";
import { now } from "libdill-ts";
import { it } from "../support/it.js";

describe("now", () => {
  it("gives large, positive milliseconds", () => {
    expect(now()).to.be.greaterThan(1_000_000_000);
  });

  it("never goes back", () => {
    let last = now();
    for (let i = 0; i < 10_000; i++) {
      const time = now();
      expect(time).to.be.at.least(last);
      last = time;
    }
  });

  it("is not moved by the wall clock", () => {
    const { now: wallClock } = Date;
    const before = now();
    try {
      Date.now = () => 0;
      expect(now()).to.be.at.least(before);
    } finally {
      Date.now = wallClock;
    }
  });
});
