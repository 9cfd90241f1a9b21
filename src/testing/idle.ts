import { dillError } from "../errors/index.js";
import { watchedRuns } from "../runtime/index.js";

/** Nothing of ours may be alive on the real clock when a world takes its place: not even a run that has begun between two schedules. */
export function checkIdle(syscall: string): void {
  if (watchedRuns.size === 0) return;
  const lines = [...watchedRuns].flatMap((run) => run.describe());
  const message =
    "coroutines are alive on the real clock, and a simulation needs the library for itself:";
  throw dillError("EBUSY", syscall, { message, lines });
}
