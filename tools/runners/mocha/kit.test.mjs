import { afterEach, describe, it } from "mocha";
import { until } from "libdill-ts";
import { checkNothingLeft, explored, simulate, simulated } from "libdill-ts/testing";
import { anHour, withPromise } from "../programs.mjs";

afterEach(() => checkNothingLeft());

describe("the kit", () => {
  it("lets an hour pass at once", simulated(anHour));
  it("explores schedules", explored(anHour, { schedules: 20 }));
});

describe("simulations that are started at once", () => {
  it("queue up", async () => {
    const names = ["first", "second", "third"];
    await Promise.all(names.map(() => simulate(withPromise(until))));
  });
});
