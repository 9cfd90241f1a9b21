import { Options } from "../errors/index.js";
import { type Exploration, Exploring } from "./exploring.js";
import { alone } from "./oneWorld.js";
import type { Body } from "./schedules.js";
import { readSchedule } from "./schedule.js";
import { readSettings, type SimulationOptions } from "./settings.js";
import { checkBody } from "./simulate.js";

/** What {@link explore} may be told. */
export interface ExploreOptions extends SimulationOptions {
  /** How many schedules are tried: 1000. */
  readonly schedules?: number | undefined;
  /** How long that may take, in real seconds: 2. */
  readonly seconds?: number | undefined;
  /**
   * How schedules are found. "random": each choice by chance. "pct": at most three deviations from what production would do, at
   * places that are equally probable. "all": every schedule with no deviation, then with one, then with two.
   */
  readonly search?: "random" | "pct" | "all" | undefined;
  /** How many deviations a schedule of "all" has at most: 2. */
  readonly deviations?: number | undefined;
  /** "fifo": coroutines go on in the order in which they became ready, as is promised. "any": in any order. */
  readonly order?: "fifo" | "any" | undefined;
  /** How probable it is, in "random", that a turn ends where it could: 0.1. */
  readonly turnEnds?: number | undefined;
  /** A schedule as {@link ScheduleFailure} has it: that one is run, and no other. */
  readonly replay?: string | undefined;
}

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
 * - `ENOTSUP`: two copies of this package are loaded.
 * @example
 * ```ts
 * it("loses no connection", explored(pool, { schedules: 20_000, replay: process.env.SCHEDULE }));
 * ```
 * Source: shuttle's and Coyote's schedules, loom's bounds
 */
export function explore(body: Body<unknown>, options?: ExploreOptions): Promise<Exploration> {
  return alone("explore", () => {
    const given = new Options(options, "explore");
    const settings = readSettings(given, "forbid");
    const exploring = new Exploring(checkBody(body, "explore"), settings, {
      schedules: given.count("schedules", 1000, 1, Number.MAX_SAFE_INTEGER, "a whole number"),
      seconds: given.read("seconds", 2, "a number of seconds above 0", isPositive),
      search: given.read("search", "random", '"random", "pct" or "all"', isSearch),
      deviations: given.count("deviations", 2, 0, 100, "a whole number"),
      order: given.read("order", "fifo", '"fifo" or "any"', isOrder),
      turnEnds: given.read("turnEnds", 0.1, "a probability from 0 to 1", isProbability),
    });
    const replay = given.read("replay", undefined, "a string", isString);
    return replay === undefined || replay === ""
      ? exploring.search()
      : exploring.replay(readSchedule(replay));
  });
}

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

function isPositive(value: unknown): value is number {
  return typeof value === "number" && value > 0;
}

function isProbability(value: unknown): value is number {
  return typeof value === "number" && value >= 0 && value <= 1;
}

function isSearch(value: unknown): value is "random" | "pct" | "all" {
  return value === "random" || value === "pct" || value === "all";
}

function isOrder(value: unknown): value is "fifo" | "any" {
  return value === "fifo" || value === "any";
}

function isString(value: unknown): value is string {
  return typeof value === "string";
}
