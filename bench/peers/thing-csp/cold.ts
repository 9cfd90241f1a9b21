// @thi.ng/csp, imported by a process that has done nothing else. The size is that of all it exports.
import type { Contestants } from "../../contestant.js";
import { bundledSize } from "../bundled.js";

export const contestants: Contestants = {
  startup: async (_n, meter) => {
    meter.start();
    const { channel } = await import("@thi.ng/csp");
    const ch = channel<number>();
    void ch.write(1);
    const ran = await ch.read();
    meter.stop();
    return ran ?? 0;
  },

  size: () => bundledSize(`export * from "@thi.ng/csp"`),
};
