// The real world, as seen from a simulation: whether something of it is waited for, and how the clock goes on meanwhile.
//
// Before the clock moves, the real event loop has turns until nothing begins in it any more: promises, ticks and immediates of the
// program have run then. If a coroutine waits for something real, a timer or a request, the clock walks with the real one; if
// nothing is to come, it jumps.
import { dillError } from "../errors/index.js";
import type { EventLoop } from "../host/virtual/index.js";
import { foreignWaits, promiseWaits } from "../kernel/index.js";
import { watchedRuns } from "../runtime/index.js";
import { describeRuns, failRuns } from "./runs.js";
import { countResources, earlierResources, realTime, realWork } from "./realTime.js";
import type { Settings } from "./settings.js";

/** The second turn comes after a whole poll. */
const turnsNeeded = 2;
/** A loop of immediates never comes to rest: after so many turns the clock moves all the same. */
const mostRestless = 1000;
/** How long what Node does not tell of may take where it is forbidden anyway, in milliseconds. */
const forbiddenPatience = 20;
/** The clock walks in steps of at most so many milliseconds. */
const longestStep = 20;

export class Outside {
  private readonly settings: Settings;
  private readonly loop: EventLoop;
  private readonly work = realWork();
  /** What has kept the process alive all the time, by name: it is not of the program's making. */
  private readonly before: Map<string, number>;
  private kept = 0;
  /** What waits for the real loop's turns: a last look before a wait is given up. */
  private readonly looks: (() => void)[] = [];
  /** How much had begun when the real loop had its last turn, and how many turns there were since in which nothing has. */
  private seen = 0;
  private turns = 0;
  /** How many turns there were since it was calm. */
  private restless = 0;
  private isTurnAsked = false;
  /** When the real clock was looked at last, while the simulated one walks with it. */
  private walkingSince: number | null = null;
  /** When the program began to wait for nothing but the real world. */
  private waitingSince: number | null = null;
  private stop: () => void = () => {};
  /** The run has just been failed, because it waits for the real world. */
  hasGivenUp = false;

  constructor(settings: Settings, loop: EventLoop) {
    this.settings = settings;
    this.loop = loop;
    this.before = new Map(earlierResources());
  }

  /** Whether nothing is left of the run that was. */
  get isClean(): boolean {
    return this.kept === 0 && this.looks.length === 0;
  }

  /** Begins anew: only while it is clean. */
  reset(): void {
    this.turns = 0;
    this.walkingSince = null;
    this.waitingSince = null;
  }

  /** The program begins: what has begun in the real world by now is not of its making. */
  begins(): void {
    this.work.forget();
    this.seen = this.work.begun;
    this.turns = turnsNeeded;
    this.restless = 0;
  }

  keptAlive(by: 1 | -1): void {
    this.kept += by;
  }

  somethingHappened(): void {
    this.hasGivenUp = false;
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
    if (!this.comesToRest(goOn)) return false;
    const isLast = this.loop.next === Infinity;
    if (!isLast && !this.isWaitedFor()) return true;
    const alive = this.alive();
    if (alive.length === 0) return !isLast || !this.isWaitedFor() || this.hasBeenPatient(goOn);
    if (this.settings.outside === "forbid") {
      this.fail(forbidden(alive));
      return true;
    }
    return this.walk(goOn, isLast, alive);
  }

  /** The real event loop has a turn before the simulation goes on. */
  giveTurn(goOn: () => void): void {
    if (this.isTurnAsked) return;
    this.isTurnAsked = true;
    this.work.aside(() =>
      realTime.immediate(() => {
        this.isTurnAsked = false;
        this.turns += 1;
        this.restless += 1;
        goOn();
      }),
    );
  }

  /** Calls it when what the program has begun has had its turns. */
  whenCalm(look: () => void): void {
    if (this.isCalm()) look();
    else this.looks.push(look);
  }

  get isLookedAt(): boolean {
    return this.looks.length > 0;
  }

  look(): void {
    for (const look of this.looks.splice(0)) look();
  }

  lookIfCalm(): void {
    if (this.isLookedAt && this.isCalm()) this.look();
  }

  /** Whether it is calm. If not, the real loop has a turn, and `goOn` is called after that. */
  comesToRest(goOn: () => void): boolean {
    if (this.isCalm()) return true;
    this.giveTurn(goOn);
    return false;
  }

  /** Whether the real loop has had its turns since something of it has begun, and nothing has followed from that. */
  private isCalm(): boolean {
    const { begun, immediates } = this.work;
    if (begun !== this.seen || immediates > 0) {
      this.seen = begun;
      this.turns = 0;
    }
    if (this.turns >= turnsNeeded) this.restless = 0;
    return this.turns >= turnsNeeded || this.restless > mostRestless;
  }

  /** Not everything that Node does is to be seen. So a promise that nobody can settle gets a moment. */
  private hasBeenPatient(goOn: () => void): boolean {
    const time = realTime.now();
    this.waitingSince ??= time;
    const { outside, patience } = this.settings;
    const longest = outside === "walk" ? patience : Math.min(patience, forbiddenPatience);
    if (time - this.waitingSince >= longest) return true;
    this.wait(1, goOn);
    return false;
  }

  private wait(delay: number, goOn: () => void): void {
    this.work.aside(() => {
      this.stop = realTime.after(delay, goOn);
    });
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
    this.wait(Math.max(step, 1), goOn);
    return false;
  }

  private fail(error: Error): void {
    this.hasGivenUp = true;
    failRuns(error);
  }

  /** Whether a coroutine waits for something that the simulation does not bring. */
  private isWaitedFor(): boolean {
    if (promiseWaits() > 0 || foreignWaits() > 0 || this.kept > 0) return true;
    for (const run of watchedRuns) if (run.unfinished > 0) return true;
    return false;
  }

  /** What keeps the process alive since the simulation has begun. */
  private alive(): string[] {
    const now = countResources();
    for (const [name, count] of this.before) {
      this.before.set(name, Math.min(count, now.get(name) ?? 0));
    }
    const more = [...now.keys()].filter((name) => {
      return name !== "Timeout" && (now.get(name) ?? 0) > (this.before.get(name) ?? 0);
    });
    const found = [...new Set([...this.work.toCome, ...more])];
    return found.length > 0 ? found : [...this.work.openHandles];
  }
}

function forbidden(alive: readonly string[]): Error {
  const message = `the program waits for the real world (${alive.join(", ")}), where no run is like the other: put something simulated in its place, or give explore() { outside: "walk" }. What waits:`;
  return dillError("ENOTSUP", "simulate", { message, lines: describeRuns() });
}

function impatient(patience: number, alive: readonly string[]): Error {
  const message = `the program has waited for the real world (${alive.join(", ")}) for ${patience} ms: if that takes longer, give simulate() more { patience }. What waits:`;
  return dillError("ETIMEDOUT", "simulate", { message, lines: describeRuns() });
}
