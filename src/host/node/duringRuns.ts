// What is kept as long as there are runs.
import { areThereRuns } from "./deadlockWatch.js";

let closes: (() => void)[] = [];

/** The last run has ended. */
export function lastRunEnded(): void {
  const ending = closes;
  closes = [];
  for (const close of ending) close();
}

/** Calls `close` once at the end of the last run. False: there is no run. */
export function keepDuringRuns(close: () => void): boolean {
  const mayKeep = areThereRuns();
  if (mayKeep && !closes.includes(close)) closes.push(close);
  return mayKeep;
}
