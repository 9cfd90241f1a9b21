import { describe, it, jest } from "@jest/globals";
import { checkNothingLeft, explore, simulate } from "libdill-ts/testing";
import { anHour } from "../programs.mjs";

describe("beside fake timers", () => {
  it("simulates while they are on, and when they are off again", async () => {
    jest.useFakeTimers();
    try {
      await simulate(anHour);
      await explore(anHour, { schedules: 5 });
      await checkNothingLeft();
    } finally {
      jest.useRealTimers();
    }
    await simulate(anHour);
  });
});
