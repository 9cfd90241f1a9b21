// A fuzz of socket pairs against a model of their state machine.
//
// Coroutines work on a few pairs at random, and are canceled at random; each result must be one that
// the model allows. A seed repeats the choices, but not the kernel's timing: a failure that depends on
// it may take some replays to come back.
import { existsSync, mkdtempSync, readdirSync, readlinkSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import { type Coroutine, msleep, now, run } from "libdill-ts";
import { openHandles } from "#src/handles/table.js";
import { liveCoroutines } from "#src/kernel/step.js";
import { armedDeadlines } from "#src/kernel/deadlines.js";
import { closeInOrder, done, receive, work } from "./actions.js";
import { type End, isAsleep, isDue, longest } from "./model.js";
import { Random } from "./random.js";
import { type Tally, World } from "./world.js";

export { newTally } from "./world.js";

export interface FuzzOptions {
  readonly seed: number;
  /** How many operations, about. */
  readonly steps: number;
  readonly tally: Tally;
}

/** How long what must happen may take; only a failure ever waits for it. */
const patience = 10_000;

/** One run. Rejects with a report if anything was not as the model wants it. */
export async function fuzzStreams({ seed, steps, tally }: FuzzOptions): Promise<void> {
  const random = new Random(seed);
  const folder = mkdtempSync(join(tmpdir(), "f-"));
  const world = new World(random, steps, 1 + random.below(4), tally, folder);
  const before = census();
  // What is thrown outside all coroutines, or ends the process, must name the seed as well.
  const tell = (): void => {
    process.stderr.write(`${report(world, seed, steps, "cut short")}\n`);
  };
  process.on("uncaughtExceptionMonitor", tell).on("exit", tell);
  try {
    await run(exercise(world, random));
    await checkNothingIsLeft(before);
  } catch (error) {
    throw new Error(report(world, seed, steps, world.failure ?? error), { cause: error });
  } finally {
    process.off("uncaughtExceptionMonitor", tell).off("exit", tell);
    rmSync(folder, { recursive: true, force: true });
    tally.runs += 1;
    tally.steps += world.step;
  }
}

function* exercise(world: World, random: Random): Coroutine {
  const crews = 2 + random.below(4);
  const hire = (): void => {
    world.hire(1 + random.below(2), () => work(world, random.fork()));
  };
  let lastStep = -1;
  let idle = 0;
  while (world.isGoing) {
    while (world.crews.length < crews && world.isGoing) hire();
    yield* msleep(now() + random.below(2));
    idle = world.step === lastStep ? idle + 1 : 0;
    lastStep = world.step;
    // All may be asleep for good, which is legal: then somebody has to go.
    if (world.crews.length > 0 && (idle > 2 || random.chance(0.1))) {
      world.cancel(random.pick(world.crews), world.step);
    }
  }
  checkFailure(world);
  yield* settle(world);
  for (const crew of world.crews) world.cancel(crew, world.step);
  checkFailure(world);
  for (const pair of world.pairs) {
    for (const end of pair.ends) yield* finish(world, random, end);
    yield* closePair(world, random, pair.ends);
  }
}

/** Whoever sleeps although something has happened that must wake him is woken soon. */
function* settle(world: World): Coroutine {
  const limit = now() + patience;
  for (;;) {
    checkFailure(world);
    const ends = world.pairs.flatMap((pair) => pair.ends);
    const late = ends.find((end) =>
      end.sleepers().some((flight) => isAsleep(flight) && isDue(flight, end.peer, now())),
    );
    if (late === undefined) return;
    if (now() > limit) world.fail(`nobody wakes who sleeps in ${late.name}`);
    yield* msleep(now() + 1);
  }
}

/** Everything that was sent arrives, and nothing comes behind it. */
function* finish(world: World, random: Random, end: End): Coroutine {
  const { receiving, peer } = end;
  const { stream } = receiving;
  if (end.isClosed || end.handle === null || receiving.state !== "open") return;
  while (stream.taken < stream.certain) {
    const length = Math.min(longest, stream.certain - stream.taken);
    const outcome = yield* receive(world, random, end, length, now() + patience);
    if (outcome !== "ok") world.fail(`${outcome} in place of the last ${length} bytes`);
  }
  if (peer.sending.state !== "open" && !peer.isClosed) return;
  if (!peer.isClosed) yield* done(world, peer, -1);
  if (stream.offered > stream.certain) return;
  const outcome = yield* receive(world, random, end, 1, now() + patience);
  if (outcome !== "EPIPE" && !(outcome === "ECONNRESET" && peer.isClosed)) {
    world.fail(`${outcome} in place of the end of what ${end.name} receives`);
  }
}

function* closePair(world: World, random: Random, [a, b]: readonly [End, End]): Coroutine {
  if (!a.isClosed && random.chance(0.5)) {
    // Both in turn, so that the first need not wait for the second for ever.
    yield* closeInOrder(world, a, 0);
  }
  for (const end of [a, b]) if (!end.isClosed) world.close(end, world.step++);
}

function checkFailure({ failure }: World): void {
  if (failure !== null) throw failure;
}

/** What is open, armed and alive in the whole process. */
function census(): Record<string, number> {
  return {
    handles: openHandles(),
    deadlines: armedDeadlines(),
    coroutines: liveCoroutines(),
    descriptors: openDescriptors(),
  };
}

async function checkNothingIsLeft(before: Readonly<Record<string, number>>): Promise<void> {
  let left = "";
  // What has been closed may need a turn of the event loop until it is gone.
  for (let i = 0; i < 50; i++) {
    const after = census();
    left = Object.entries(after)
      .filter(([name, count]) => count !== before[name])
      .map(([name, count]) => `${count} ${name}, not ${before[name]}`)
      .join("; ");
    if (left === "") return;
    await turn();
  }
  throw new Error(`at the end there are ${left}`);
}

/** How many the process has; 0 where the system does not tell. */
export function openDescriptors(): number {
  const folder = "/proc/self/fd";
  if (!existsSync(folder)) return 0;
  return readdirSync(folder).filter((fd) => {
    try {
      // From its first listener on, libuv keeps one of /dev/null in reserve.
      return readlinkSync(`${folder}/${fd}`) !== "/dev/null";
    } catch {
      return false; // it was that of this very look
    }
  }).length;
}

function report(world: World, seed: number, steps: number, error: unknown): string {
  const isOurs = error === world.failure || !(error instanceof Error);
  const what = isOurs ? String(error).replace(/^Error: /, "") : error.stack;
  return [
    `seed ${seed}: ${what}`,
    `the last operations (step, coroutine, what; ! is being canceled):`,
    world.history(),
    `replay: npm run soak -- --streams --seed ${seed} --steps ${steps}`,
  ].join("\n");
}
