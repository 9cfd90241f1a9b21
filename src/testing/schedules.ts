// Running a program once, under one schedule, in a world of its own.
import { wantStacks } from "../errors/index.js";
import type { Coroutine } from "../kernel/index.js";
import { startRun } from "../runtime/index.js";
import type { ChoiceMaker } from "./choiceMaker.js";
import { checkFaults } from "./faults.js";
import type { GivenSettings, Simulation } from "./settings.js";
import { SimulationOf } from "./simulation.js";
import type { Trace } from "./trace.js";
import { World } from "./world.js";

/** A program for simulations: a generator function, because each schedule needs a coroutine of its own. */
export type Body<T> = (sim: Simulation) => Coroutine<T>;

/** Runs the program to its end. Rejects with what it has failed with. */
export async function runOnce<T>(
  body: Body<T>,
  given: GivenSettings,
  choices: ChoiceMaker,
  order: "fifo" | "any",
  trace: Trace | null = null,
): Promise<T> {
  const { network } = given;
  const hadStacks = trace === null ? null : wantStacks(true);
  const world: World = new World(
    {
      ...given,
      order,
      network: (connecting) => (network === undefined ? {} : checkFaults(network(connecting, sim))),
    },
    choices,
    trace,
  );
  const sim = new SimulationOf(world, trace);
  trace?.follow(world.loop);
  let running: Promise<T> | undefined;
  try {
    await world.live({ ...given.machines, ...given.names }, () => {
      const start = { signal: undefined, grace: 0, by: "nobody" } as const;
      running = startRun(call(body, sim), () => start).running;
      running.catch(() => {}); // it is awaited below
    });
  } finally {
    if (hadStacks !== null) wantStacks(hadStacks);
  }
  return await (running as Promise<T>);
}

/** What the program throws before it is a coroutine belongs to its run. */
function* call<T>(body: Body<T>, sim: Simulation): Coroutine<T> {
  return yield* body(sim);
}
