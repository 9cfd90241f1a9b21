import { describe, it } from "vitest";
import { explored, simulated } from "libdill-ts/testing";
import { anHour } from "../programs.mjs";

describe("another file", () => {
  it("lets an hour pass at once", simulated(anHour));
  it("explores schedules", explored(anHour, { schedules: 20 }));
});
