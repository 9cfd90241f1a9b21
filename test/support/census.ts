// What of ours is there in the whole process.
import { openHandles } from "#src/handles/table.js";
import { liveCoroutines } from "#src/kernel/step.js";
import { armedDeadlines } from "#src/kernel/deadlines.js";

/** What is open, armed and alive. */
export function census(): Record<"handles" | "deadlines" | "coroutines", number> {
  return {
    handles: openHandles(),
    deadlines: armedDeadlines(),
    coroutines: liveCoroutines(),
  };
}
