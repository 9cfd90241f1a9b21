// What explorations are told, and what they make of it.
import { dillError, inspectSafely, Options, textOf } from "../errors/index.js";
import { type Exploration, Exploring } from "./exploring.js";
import type { Body } from "./schedules.js";
import { readSchedule } from "./schedule.js";
import { readSettings, type SimulationOptions } from "./settings.js";
import { checkBody } from "./simulate.js";

/** What {@link explore} may be told. */
export interface ExploreOptions extends SimulationOptions {
  /** How many schedules are tried: 1000. */
  readonly schedules?: number | undefined;
  /**
   * How long that may take, in real seconds: 1. With the time that shrinking takes, this is below the limit of every test runner.
   * A single schedule that takes longer than that, and longer than ten seconds, is stopped, and has failed with `ETIMEDOUT`.
   */
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

/** Reads everything at once; the function returned explores. */
export function prepareExploring(
  body: Body<unknown>,
  options: ExploreOptions | undefined,
  syscall: string,
  usualSchedules: number,
): () => Promise<Exploration> {
  const given = new Options(options, syscall);
  const settings = readSettings(given, "forbid");
  const most = Number.MAX_SAFE_INTEGER;
  const limits = {
    schedules: given.count("schedules", usualSchedules, 1, most, "a whole number"),
    seconds: given.read("seconds", 1, "a number of seconds above 0", isPositive),
    search: given.read("search", "random", '"random", "pct" or "all"', isSearch),
    deviations: given.count("deviations", 2, 0, 100, "a whole number"),
    order: given.read("order", "fifo", '"fifo" or "any"', isOrder),
    turnEnds: given.read("turnEnds", 0.1, "a probability from 0 to 1", isProbability),
  };
  const replay = given.read("replay", undefined, "a string", isString);
  checkNames(options, syscall);
  const found = replay === undefined || replay === "" ? undefined : readSchedule(replay);
  const checked = checkBody(body, syscall);
  return () => {
    if (found === undefined) return new Exploring(checked, settings, limits).search();
    const { seed, order, schedule } = found;
    return new Exploring(checked, { ...settings, seed }, { ...limits, order }).replay(schedule);
  };
}

/** Each of them: one that is forgotten does not compile. */
const names: Readonly<Record<keyof ExploreOptions, true>> = {
  schedules: true,
  seconds: true,
  search: true,
  deviations: true,
  order: true,
  turnEnds: true,
  replay: true,
  seed: true,
  network: true,
  descriptors: true,
  names: true,
  machines: true,
  outside: true,
  patience: true,
  cost: true,
};

/** A mistyped option would be an exploration that tries less than its author believes. */
function checkNames(options: ExploreOptions = {}, syscall: string): void {
  const unknown = inspectSafely(() => Object.keys(options), []).find((name) => !(name in names));
  if (unknown === undefined) return;
  const message = `there is no option ${textOf(unknown)}; there are ${Object.keys(names).join(", ")}`;
  throw dillError("EINVAL", syscall, message);
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
