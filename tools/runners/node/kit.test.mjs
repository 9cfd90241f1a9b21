import { afterEach, describe, it } from "node:test";
import { until } from "libdill-ts";
import { checkNothingLeft, explored, simulated } from "libdill-ts/testing";
import { anHour, withPromise } from "../programs.mjs";

afterEach(() => checkNothingLeft());

describe("the kit", () => {
  it("lets an hour pass at once", simulated(anHour));
  it("explores schedules", explored(anHour, { schedules: 20 }));
});

describe("simulations that are started at once", { concurrency: true }, () => {
  for (const name of ["first", "second", "third"]) {
    it(`queue up: the ${name}`, simulated(withPromise(until)));
  }
});
