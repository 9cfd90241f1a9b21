// The real world, as seen from a simulation: whether something of it is waited for, and how the clock goes on meanwhile.
//
// A promise may be settled by microtasks alone: so before the clock moves, the real event loop has two turns. If something real is
// alive then, a timer of the program's or a request, the clock walks with the real one; if nothing is, it jumps.
import { dillError } from "../errors/index.js";
import { openEngines } from "../host/index.js";
import type { EventLoop } from "../host/virtual/index.js";
import { foreignWaits, promiseWaits } from "../kernel/index.js";
import { watchedRuns } from "../runtime/index.js";
import { countResources, earlierResources, realTime } from "./realTime.js";
import type { Settings } from "./settings.js";

/** The second turn comes after a whole poll. */
const turnsNeeded = 2;
/** An engine's work is a few immediates, each set by the one before. */
const turnsOfEngines = 6;
/** How long something that is not to be seen may take where it is forbidden anyway, in milliseconds. */
const forbiddenPatience = 20;
/** The clock walks in steps of at most so many milliseconds. */
const longestStep = 20;

export class Outside {
  private readonly settings: Settings;
  private readonly loop: EventLoop;
  /** What keeps the process alive, and is not of the simulated program's making. */
  /** What has kept the process alive all the time, by name: it is not of the program's making. */
  private readonly before: Map<string, number>;
  private kept = 0;
  private turns = 0;
  /** When the real clock was looked at last, while the simulated one walks with it. */
  private walkingSince: number | null = null;
  /** When the program began to wait for nothing but the real world. */
  private waitingSince: number | null = null;
  private stop: () => void = () => {};

  constructor(settings: Settings, loop: EventLoop) {
    this.settings = settings;
    this.loop = loop;
    this.before = new Map(earlierResources());
  }

  keptAlive(by: 1 | -1): void {
    this.kept += by;
  }

  somethingHappened(): void {
    this.turns = 0;
    this.waitingSince = null;
  }

  /** The simulation goes on, after a turn of the real loop or a part of the way: real time has passed. */
  returns(): void {
    this.stop();
    if (this.walkingSince === null) return;
    this.loop.moveTo(this.loop.moment + realTime.now() - this.walkingSince);
    this.walkingSince = null;
  }

  leave(): void {
    this.stop();
  }

  /** Whether the clock may jump now. If not, `goOn` is called later. */
  passes(goOn: () => void): boolean {
    const isLast = this.loop.next === Infinity;
    if (!isLast && !this.isWaitedFor()) return true;
    if (this.turns < (openEngines() > 0 ? turnsOfEngines : turnsNeeded)) {
      this.turns += 1;
      realTime.immediate(goOn);
      return false;
    }
    const alive = this.alive();
    if (alive.length === 0) return !isLast || !this.isWaitedFor() || this.hasBeenPatient(goOn);
    if (this.settings.outside === "forbid") {
      this.fail(forbidden(alive));
      return true;
    }
    return this.walk(goOn, isLast, alive);
  }

  /** Not everything that Node does is to be seen: a digest is not. So a promise that nobody can settle gets a moment. */
  private hasBeenPatient(goOn: () => void): boolean {
    const time = realTime.now();
    this.waitingSince ??= time;
    const { outside, patience } = this.settings;
    const longest = outside === "walk" ? patience : Math.min(patience, forbiddenPatience);
    if (time - this.waitingSince >= longest) return true;
    this.stop = realTime.after(1, goOn);
    return false;
  }

  private walk(goOn: () => void, isLast: boolean, alive: readonly string[]): boolean {
    const time = realTime.now();
    this.waitingSince ??= time;
    const { patience } = this.settings;
    if (isLast && time - this.waitingSince >= patience) {
      this.fail(impatient(patience, alive));
      return true;
    }
    this.walkingSince = time;
    const step = Math.min(this.loop.next - this.loop.moment, longestStep);
    this.stop = realTime.after(Math.max(step, 1), goOn);
    return false;
  }

  private fail(error: Error): void {
    for (const run of watchedRuns) run.fail(error);
  }

  /** Whether a coroutine waits for something that the simulation does not bring. */
  private isWaitedFor(): boolean {
    if (openEngines() > 0 || promiseWaits() > 0 || foreignWaits() > 0 || this.kept > 0) return true;
    for (const run of watchedRuns) if (run.unfinished > 0) return true;
    return false;
  }

  /** What keeps the process alive since the simulation has begun. */
  private alive(): string[] {
    const now = countResources();
    for (const [name, count] of this.before) {
      this.before.set(name, Math.min(count, now.get(name) ?? 0));
    }
    return [...now.keys()].filter((name) => (now.get(name) ?? 0) > (this.before.get(name) ?? 0));
  }
}

function forbidden(alive: readonly string[]): Error {
  const message = `the program waits for the real world (${alive.join(", ")}), where no run is like the other: put something simulated in its place, or give explore() { outside: "walk" }. What waits:`;
  return dillError("ENOTSUP", "simulate", { message, lines: waiting() });
}

function impatient(patience: number, alive: readonly string[]): Error {
  const message = `the program has waited for the real world (${alive.join(", ")}) for ${patience} ms: if that takes longer, give simulate() more { patience }. What waits:`;
  return dillError("ETIMEDOUT", "simulate", { message, lines: waiting() });
}

function waiting(): readonly string[] {
  return [...watchedRuns].flatMap((run) => run.describe());
}
