// ts-chan, imported by a process that has done nothing else. The size is that of all it exports.
import type { Contestants } from "../../contestant.js";
import { bundledSize } from "../bundled.js";

export const contestants: Contestants = {
  startup: async (_n, meter) => {
    meter.start();
    const { Chan } = await import("ts-chan");
    const ch = new Chan<number>(1);
    await ch.send(1);
    const { value } = await ch.recv();
    meter.stop();
    return value ?? 0;
  },

  size: () => bundledSize(`export * from "ts-chan"`),
};
