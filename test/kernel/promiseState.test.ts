// How many waits promises may end: the clock of a simulation must not pass by what they bring.
import { expect } from "chai";
import { choose, until } from "libdill-ts";
import { promiseWaits } from "#src/kernel/promiseState.js";
import { it } from "../support/it.js";

describe("promiseWaits", () => {
  it("counts a wait until its promise has settled", function* () {
    const before = promiseWaits();
    let during = 0;
    const promise = new Promise<void>((resolve) => {
      setImmediate(() => {
        during = promiseWaits();
        resolve();
      });
    });
    yield* until(promise, -1);
    expect(during).to.equal(before + 1);
    expect(promiseWaits()).to.equal(before);
  });

  it("counts two clauses once each, although the first that is told withdraws the second", function* () {
    const before = promiseWaits();
    const promise = new Promise<number>((resolve) => void setImmediate(() => resolve(1)));
    const clause = { op: "until", promise } as const;
    expect((yield* choose([clause, clause], -1)).index).to.equal(0);
    expect(promiseWaits()).to.equal(before);
  });
});
