import { afterEach, describe, it } from "@jest/globals";
import { until } from "libdill-ts";
import { checkNothingLeft, explored, simulated } from "libdill-ts/testing";
import { anHour, withPromise } from "../programs.mjs";

afterEach(() => checkNothingLeft());

describe("the kit", () => {
  it("lets an hour pass at once", simulated(anHour));
  it("explores schedules", explored(anHour, { schedules: 20 }));
});

describe("simulations that are started at once", () => {
  for (const name of ["first", "second", "third"]) {
    it.concurrent(`queue up: the ${name}`, simulated(withPromise(until)));
  }
});
