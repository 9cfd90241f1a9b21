// The time that one schedule has: a program that never ends would keep its exploration for ever.
import { dillError } from "../errors/index.js";
import { watchedRuns } from "../runtime/index.js";

/** As they were at load: tests replace the globals. */
const { setTimeout, clearTimeout } = globalThis;

export interface TimeLimit {
  /** What the runs were ended with; undefined: they have ended in time. */
  error(): Error | undefined;
  /** The schedule has ended. */
  lift(): void;
}

/** Ends the runs that are alive when the time is over, in milliseconds. */
export function limitTime(time: number): TimeLimit {
  let error: Error | undefined;
  const timer = setTimeout(() => {
    const message = `one schedule has taken ${time / 1000} s and more: the program does not end under it, or needs an exploration with more seconds`;
    const lines = [...watchedRuns].flatMap((run) => run.describe());
    error = dillError("ETIMEDOUT", "explore", { message, lines });
    for (const run of watchedRuns) run.fail(error);
  }, time);
  timer.unref(); // it is nothing that a program could wait for
  return {
    error: () => error,
    lift: () => clearTimeout(timer),
  };
}
