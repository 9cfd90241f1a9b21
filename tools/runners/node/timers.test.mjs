import { describe, it, mock } from "node:test";
import { checkNothingLeft, explore, simulate } from "libdill-ts/testing";
import { anHour } from "../programs.mjs";

describe("beside fake timers", () => {
  it("simulates while they are on, and when they are off again", async () => {
    mock.timers.enable();
    try {
      await simulate(anHour);
      await explore(anHour, { schedules: 5 });
      await checkNothingLeft();
    } finally {
      mock.timers.reset();
    }
    await simulate(anHour);
  });
});
