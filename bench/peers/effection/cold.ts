// Effection, imported by a process that has done nothing else. The size is that of all it exports.
import type { Contestants } from "../../contestant.js";
import { bundledSize } from "../bundled.js";

export const contestants: Contestants = {
  startup: async (_n, meter) => {
    let ran = 0;
    meter.start();
    const { run } = await import("effection");
    await run(function* () {
      ran += 1;
    });
    meter.stop();
    return ran;
  },

  size: () => bundledSize(`export * from "effection"`),
};
