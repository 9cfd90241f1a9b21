import { describe, it } from "mocha";
import FakeTimers from "@sinonjs/fake-timers";
import { checkNothingLeft, explore, simulate } from "libdill-ts/testing";
import { anHour } from "../programs.mjs";

describe("beside fake timers", () => {
  it("simulates while they are on, and when they are off again", async () => {
    const clock = FakeTimers.install();
    try {
      await simulate(anHour);
      await explore(anHour, { schedules: 5 });
      await checkNothingLeft();
    } finally {
      clock.uninstall();
    }
    await simulate(anHour);
  });
});
