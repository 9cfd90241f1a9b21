// A world of its own: virtual time, a simulated network, and the loop that drives both. A run goes to its end in one go, unless the
// program waits for something real; if it leaves the world clean, the next one may have that.
import { dillError } from "../errors/index.js";
import {
  type Connecting,
  EventLoop,
  type LinkFaults,
  Machines,
  Network,
  resolve,
} from "../host/virtual/index.js";
import { type Coroutine, currentTask, steerTurns } from "../kernel/index.js";
import { watchedRuns } from "../runtime/index.js";
import type { ChoiceMaker } from "./choiceMaker.js";
import type { Settings } from "./settings.js";
import { Outside } from "./outside.js";
import { type Program, Programs } from "./programs.js";
import { realTime, realWork } from "./realTime.js";
import { areRunsAlive, failRuns } from "./runs.js";
import { takingPlace } from "./takingPlace.js";
import { Turns } from "./turns.js";
import type { Trace } from "./trace.js";

/** So many steps while the clock stands are a program that will never let it move. */
const mostSteps = 1_000_000;
/** After so many steps the real event loop has a turn. */
const stepsInSpell = 2000;

const kind = (): LinkFaults => ({});

/** The world in which coroutines run now; null: the real one. */
let present: World | null = null;

export function presentWorld(): World | null {
  return present;
}

export class World {
  readonly loop: EventLoop;
  readonly network: Network;
  choices: ChoiceMaker;
  /** What is wrong with a connection of the run under way. */
  private faultsOf: (connecting: Connecting) => LinkFaults = kind;
  private readonly settings: Settings;
  private readonly takePlace: () => () => void;
  readonly outside: Outside;
  private readonly turns: Turns;
  /** Who waits until all others do. */
  private readonly quiet: (() => void)[] = [];
  private report: (() => void) | null = null;
  private readonly trace: Trace | null;
  private restore: () => void = () => {};
  programs: Programs = new Programs();
  private isPumping = false;
  private isPumpAsked = false;
  private whenOver: () => void = () => {};

  constructor(
    settings: Settings,
    order: "fifo" | "any",
    choices: ChoiceMaker,
    trace: Trace | null,
  ) {
    this.settings = settings;
    this.choices = choices;
    this.trace = trace;
    this.loop = new EventLoop(choices, settings.cost, () => this.wake(), trace);
    const machines = new Machines(settings.machines, () =>
      this.programs.machineOf(currentTask()?.owner),
    );
    this.network = new Network(this.loop, choices, settings.descriptors, machines, (connecting) =>
      this.faultsOf(connecting),
    );
    this.outside = new Outside(settings, this.loop);
    this.turns = new Turns(this.loop, choices, order, trace);
    const { loop, network } = this;
    this.takePlace = takingPlace(loop, network, settings.names, {
      runStarts: () => checkOurs(),
      standstill: (report) => void (this.report = report),
      keptAlive: (by) => this.outside.keptAlive(by),
      random: () => this.choices.random(),
      openSockets: () => network.open.size,
      whenCalm: (job) => this.outside.whenCalm(job),
    });
  }

  /** Whether nothing is left of the run that was, so that another one may have it. */
  get isClean(): boolean {
    const { loop, network, outside, quiet } = this;
    return loop.isClean && outside.isClean && network.open.size === 0 && quiet.length === 0;
  }

  /** Begins anew: only while it is clean. */
  reset(choices: ChoiceMaker): void {
    this.choices = choices;
    this.loop.reset(choices);
    this.network.reset(choices, this.settings.descriptors);
    this.turns.reset(choices);
    this.outside.reset();
    this.report = null;
    this.programs = new Programs();
    this.isPumpAsked = false;
  }

  /** Takes the real world's place until the run that `start` starts has ended, and all others that are started meanwhile. */
  live(faultsOf: (connecting: Connecting) => LinkFaults, start: () => void): Promise<void> {
    this.faultsOf = faultsOf;
    this.enter();
    return new Promise((over) => {
      this.whenOver = over;
      realWork().isInside = true;
      start();
      this.pump();
    });
  }

  private enter(): void {
    present = this;
    this.restore = this.takePlace();
    steerTurns(this.turns);
  }

  private leave(): void {
    steerTurns(null);
    this.restore();
    this.outside.leave();
    present = null;
    this.whenOver();
  }

  /** Calls it when nobody can go on any more before the clock moves: one at a time. */
  whenQuiet(job: () => void): () => void {
    this.quiet.push(job);
    return () => {
      const place = this.quiet.indexOf(job);
      if (place >= 0) this.quiet.splice(place, 1);
    };
  }

  /** Starts a run on that machine. */
  start<T>(machine: string, coroutine: Coroutine<T>): Program<T> {
    return this.programs.start(machine, coroutine);
  }

  kill(where: string): boolean {
    const hasKilled = placesOf(where).some((place) => this.network.kill(place));
    this.programs.kill(where);
    return hasKilled;
  }

  /** Something has been queued, maybe by code of the real world. */
  private wake(): void {
    if (this.isPumping || this.isPumpAsked) return;
    this.isPumpAsked = true;
    realWork().aside(() => realTime.microtask(() => this.pump()));
  }

  private readonly pump = (): void => {
    if (present !== this || this.isPumping) return;
    this.isPumpAsked = false;
    this.isPumping = true;
    realWork().isInside = true;
    this.outside.returns();
    const isOver = this.goOn();
    this.isPumping = false;
    realWork().isInside = false;
    if (isOver) this.leave();
  };

  /** Until the last run has ended, or it is the real world's turn: true in the first case. */
  private goOn(): boolean {
    const start = this.loop.spent;
    this.outside.lookIfCalm();
    for (;;) {
      if (this.step()) {
        // By the number of steps, and not by the time: each run of a schedule has the same turns.
        if (this.loop.spent - start < stepsInSpell) continue;
        this.outside.giveTurn(this.pump);
        return false;
      }
      if (this.outside.isLookedAt) {
        if (areRunsAlive() && !this.outside.comesToRest(this.pump)) return false;
        this.outside.look(); // also when all is over: the scheduler counts on that
        continue;
      }
      if (!areRunsAlive()) return true;
      this.trace?.settle();
      const job = this.quiet.shift();
      if (job !== undefined) job();
      else if (!this.outside.passes(this.pump)) return false;
      else if (this.loop.next < Infinity) this.loop.moveTo(this.loop.next);
      else this.standStill();
    }
  }

  /**
   * What is next at this moment, also of what the scheduler has asked for when the last run has ended: it counts on that in its next
   * run. What throws here, the program's network() say, has no caller that could be told: it is the run's failure.
   */
  private step(): boolean {
    try {
      if (!this.loop.step()) return false;
    } catch (error) {
      failRuns(error);
    }
    this.outside.somethingHappened();
    if (this.loop.stepsAtMoment > mostSteps) this.endLivelock();
    return true;
  }

  /** Nothing is left that could wake a coroutine. */
  private standStill(): void {
    const { report } = this;
    if (!this.outside.hasGivenUp) this.trace?.event("everybody waits, and nothing is left to come");
    if (report !== null) report();
    else for (const run of watchedRuns) run.deadlocked();
  }

  private endLivelock(): void {
    this.loop.stepsAtMoment = 0;
    const error = this.turns.livelock(mostSteps);
    failRuns(error);
  }
}

/** A run that other code starts meanwhile would get the simulation's clock and network without knowing. */
function checkOurs(): void {
  if (realWork().isOurs) return;
  const message =
    "a simulation is under way, and this run is none of its program's: there is one world at a time in a process";
  throw dillError("EBUSY", "run", message);
}

/** The names by which the network may know it. */
function placesOf(where: string): string[] {
  return [placeOf(where), `tcp ${where}`];
}

/** A path without detours, or what else it is. */
export function placeOf(where: string): string {
  return where.includes("/") ? resolve(where) : where;
}
