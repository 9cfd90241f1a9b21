// Effect, imported by a process that has done nothing else, module by module, as its authors advise where
// the start counts. The size is that of the three modules that the programs here use.
import type { Contestants } from "../../contestant.js";
import { bundledSize } from "../bundled.js";

export const contestants: Contestants = {
  startup: async (_n, meter) => {
    let ran = 0;
    meter.start();
    const Effect = await import("effect/Effect");
    await Effect.runPromise(
      Effect.sync(() => {
        ran += 1;
      }),
    );
    meter.stop();
    return ran;
  },

  size: () =>
    bundledSize(`
      export * as Effect from "effect/Effect";
      export * as Fiber from "effect/Fiber";
      export * as Queue from "effect/Queue";
    `),
};
