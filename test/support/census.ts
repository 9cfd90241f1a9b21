// What of ours is there in the whole process.
import { openHandles } from "#src/handles/table.js";
import { liveCoroutines } from "#src/runtime/scheduler.js";
import { armedDeadlines } from "#src/runtime/timers.js";

/** What is open, armed and alive. */
export function census(): Record<"handles" | "deadlines" | "coroutines", number> {
  return {
    handles: openHandles(),
    deadlines: armedDeadlines(),
    coroutines: liveCoroutines(),
  };
}
