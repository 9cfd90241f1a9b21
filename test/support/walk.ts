// One run of a program in a simulation in which turns end anywhere, and events come in any order: a seed says where.
import { setTimeout as wait } from "node:timers/promises";
import { watchedRuns } from "#src/runtime/deadlock.js";
import { alone } from "#src/testing/oneWorld.js";
import { ChoiceMaker, type Decide } from "#src/testing/choiceMaker.js";
import { randomFrom } from "#src/testing/random.js";
import { type Body, Schedules } from "#src/testing/schedules.js";
import { randomWalk } from "#src/testing/search/index.js";
import { readSettings, type SimulationOptions } from "#src/testing/settings.js";
import { Trace } from "#src/testing/trace.js";
import { Options } from "#src/errors/index.js";

export { Trace };

/** How often other runs are looked for before it is too much. */
const mostLooks = 100;
/** How probable it is that a turn ends where it could. */
const turnEnds = 0.1;

/** `seed` 0: as in production. */
export async function walk<T>(
  body: Body<T>,
  seed: number,
  options: SimulationOptions,
  trace: Trace | null = null,
): Promise<T> {
  const random = randomFrom(seed);
  const decide = seed === 0 ? usual : walking(random);
  const choices = new ChoiceMaker(decide, random, trace !== null, (it) => trace?.deviates(it));
  const settings = readSettings(new Options({ ...options, seed }, "simulate"), "walk");
  await othersHaveEnded();
  return await alone(
    "simulate",
    () => () => new Schedules(body, settings, "fifo").run(choices, trace),
  );
}

/** A run of an earlier test may be on its way to its end. One that a failed test has left is ended: that failure is its own. */
async function othersHaveEnded(): Promise<void> {
  for (let look = 0; watchedRuns.size > 0 && look < mostLooks; look++) await wait(5);
  for (const left of watchedRuns) left.fail(new Error("left by an earlier test"));
}

const usual: Decide = () => 0;

function walking(random: () => number): Decide {
  const search = randomWalk(random, turnEnds);
  search.next(); // the first is as in production
  return search.next() ?? usual;
}
