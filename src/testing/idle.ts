import { dillError } from "../errors/index.js";
import { areRunsAlive, describeRuns } from "./runs.js";

/** Nothing of ours may be alive on the real clock when a world takes its place: not even a run that has begun between two schedules. */
export function checkIdle(syscall: string): void {
  if (!areRunsAlive()) return;
  const message =
    "coroutines are alive on the real clock, and a simulation needs the library for itself:";
  throw dillError("EBUSY", syscall, { message, lines: describeRuns() });
}
