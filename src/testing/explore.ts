import { type ExploreOptions, prepareExploring } from "./exploreOptions.js";
import type { Exploration } from "./exploring.js";
import { alone } from "./oneWorld.js";
import type { Body } from "./schedules.js";

/**
 * Runs a program under many schedules: turns end in different places, events come in different orders, and what the program
 * asks the {@link Simulation} to pick comes out differently. Each schedule is a {@link simulate} of its own.
 *
 * The first schedule that fails is shrunk to what is needed, run once more for the print-out, and told as a {@link ScheduleFailure}.
 *
 * @param body - A generator function; it is given the {@link Simulation}. It must do the same in each run, but for the choices.
 * @param options - Where to look, and for how long: see {@link ExploreOptions}.
 * @returns What was tried. Rejects with {@link ScheduleFailure} if a schedule fails; and with {@link DillError} where
 * - `EBUSY`: coroutines are alive on the real clock, or it was called inside a simulation.
 * - `EINVAL`: the body is no generator function, an option is none, the schedule to be replayed no longer fits the program, or two
 *   runs under one schedule are not the same.
 * @example
 * ```ts
 * it("loses no connection", explored(pool, { schedules: 20_000, replay: process.env.SCHEDULE }));
 * ```
 * Source: shuttle's and Coyote's schedules, loom's bounds
 */
export function explore(body: Body<unknown>, options?: ExploreOptions): Promise<Exploration> {
  return alone("explore", () => prepareExploring(body, options, "explore", usualSchedules));
}

/** How many schedules are tried, if nothing else is said. */
const usualSchedules = 1000;

/**
 * The same as a function for a test: `it("…", explored(function* (sim) { … }))`, under any test runner. Never blocks.
 *
 * @param body - As of {@link explore}.
 * @param options - As of {@link explore}.
 * @returns A function without parameters, so that no runner waits for a callback.
 */
export function explored(body: Body<unknown>, options?: ExploreOptions): () => Promise<void> {
  return async () => {
    await explore(body, options);
  };
}
