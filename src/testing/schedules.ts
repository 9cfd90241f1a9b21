// Running a program under one schedule after another. Worlds are the larger part of what a short schedule takes, so that one is
// used again for as long as each run has left it clean.
import { dillError, textOf, wantStacks } from "../errors/index.js";
import type { Connecting, LinkFaults } from "../host/virtual/index.js";
import type { Coroutine } from "../kernel/index.js";
import { startRun } from "../runtime/index.js";
import type { ChoiceMaker } from "./choiceMaker.js";
import { checkFaults } from "./faults.js";
import { checkIdle } from "./idle.js";
import type { Settings, Simulation } from "./settings.js";
import { realWork } from "./realTime.js";
import { SimulationOf } from "./simulation.js";
import type { Trace } from "./trace.js";
import { World } from "./world.js";

/** A program for simulations: a generator function, because each schedule needs a coroutine of its own. */
export type Body<T> = (sim: Simulation) => Coroutine<T>;

const noFaults: LinkFaults = {};
const start = { signal: undefined, grace: 0, by: "nobody" } as const;

export class Schedules<T> {
  private readonly body: Body<T>;
  private readonly settings: Settings;
  private readonly order: "fifo" | "any";
  /** The last one, whose run was not traced. */
  private world: World | null = null;

  constructor(body: Body<T>, settings: Settings, order: "fifo" | "any") {
    this.body = body;
    this.settings = settings;
    this.order = order;
  }

  /** Runs the program to its end. Rejects with what it has failed with. */
  async run(choices: ChoiceMaker, trace: Trace | null = null): Promise<T> {
    checkIdle("simulate");
    const world = trace === null ? this.cleanWorld(choices) : this.newWorld(choices, trace);
    const hadStacks = trace === null ? null : wantStacks(true);
    const sim = new SimulationOf(world, trace);
    trace?.follow(world.loop);
    let running: Promise<T> | undefined;
    try {
      await world.live(this.faultsFor(sim), () => {
        ({ running } = startRun(call(world, this.body, sim), () => start));
        realWork().aside(() => void running?.catch(() => {})); // it is awaited below
      });
    } finally {
      sim.end();
      if (hadStacks !== null) wantStacks(hadStacks);
    }
    const value = await (running as Promise<T>);
    const { failure } = world.programs;
    if (failure !== undefined) throw failure.error;
    return value;
  }

  private cleanWorld(choices: ChoiceMaker): World {
    const { world } = this;
    if (world?.isClean === true) {
      world.reset(choices);
      return world;
    }
    this.world = this.newWorld(choices, null);
    return this.world;
  }

  private newWorld(choices: ChoiceMaker, trace: Trace | null): World {
    return new World(this.settings, this.order, choices, trace);
  }

  private faultsFor(sim: Simulation): (connecting: Connecting) => LinkFaults {
    const { network } = this.settings;
    if (network === undefined) return () => noFaults;
    return (connecting) => checkFaults(network(connecting, sim));
  }
}

/** What the program throws before it is a coroutine belongs to its run. */
function* call<T>(world: World, body: Body<T>, sim: Simulation): Coroutine<T> {
  world.outside.begins();
  const coroutine = body(sim);
  if (!isIterable(coroutine)) {
    const message = `the program is a generator function, and this one returns ${textOf(coroutine)}: write function* () {…}`;
    throw dillError("EINVAL", "simulate", message);
  }
  return yield* coroutine;
}

/** A list can be iterated over as well, and holds nothing to be done. */
function isIterable(value: unknown): boolean {
  if (typeof value !== "object" || value === null || !(Symbol.iterator in value)) return false;
  return !("length" in value) && !("size" in value);
}
