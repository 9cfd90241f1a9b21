// The runs that are alive, of which all are a simulation's while there is one.
import { watchedRuns } from "../runtime/index.js";

export function areRunsAlive(): boolean {
  return watchedRuns.size > 0;
}

/** Ends all of them with that error. */
export function failRuns(error: unknown): void {
  for (const run of watchedRuns) run.fail(error);
}

/** Which coroutines wait for what, line by line. */
export function describeRuns(): readonly string[] {
  return [...watchedRuns].flatMap((run) => run.describe());
}
