// The time that one schedule has: a program that never ends would keep its exploration for ever.
import { dillError } from "../errors/index.js";
import { realTime } from "./realTime.js";
import { describeRuns, failRuns } from "./runs.js";

export interface TimeLimit {
  /** What the runs were ended with; undefined: they have ended in time. */
  error(): Error | undefined;
  /** The schedule has ended. */
  lift(): void;
}

/** Ends the runs that are alive when the time is over, in milliseconds. */
export function limitTime(time: number): TimeLimit {
  let error: Error | undefined;
  const lift = realTime.afterUnref(time, () => {
    const message = `one schedule has taken ${time / 1000} s and more: the program does not end under it, or needs an exploration with more seconds`;
    error = dillError("ETIMEDOUT", "explore", { message, lines: describeRuns() });
    failRuns(error);
  });
  return { error: () => error, lift };
}
