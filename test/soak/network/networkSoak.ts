// Plays random programs on the simulated network, each as in production and with turns that end anywhere. What fails is shrunk and
// printed, with what happened line by line.
import fc from "fast-check";
import type { SimulationOptions } from "libdill-ts/testing";
import { Trace, walk } from "../../support/walk.js";
import { programs } from "./arbitrary.js";
import { play } from "./play.js";
import { printProgram, type Program, type Transport } from "./program.js";

export interface NetworkSoak {
  readonly seed: number;
  /** In real time. */
  readonly seconds: number;
  readonly transports: readonly Transport[];
  /** Where a failure stands under its seed, as it was printed. */
  readonly path?: string | undefined;
}

export interface Tally {
  programs: number;
  sends: number;
}

const linesOfTrace = 60;

/** A program, and the seeds of the turns in which it is played. */
interface Trial {
  readonly program: Program;
  readonly walks: readonly number[];
}

/** Plays programs until the time is over. Rejects with the smallest that is found to break a law. */
export async function soakNetwork({
  seed,
  seconds,
  transports,
  path,
}: NetworkSoak): Promise<Tally> {
  const tally: Tally = { programs: 0, sends: 0 };
  const trials = fc.record({
    program: programs(transports),
    walks: fc.noShrink(fc.integer({ min: 1, max: 2 ** 31 - 1 }).map((first) => [0, first])),
  });
  const property = fc.asyncProperty(trials, async (trial) => {
    tally.programs += 1;
    tally.sends += sendsOf(trial.program);
    const failure = await attempt(trial);
    if (failure !== undefined) throw failure.error;
  });
  const details = await fc.check(property, {
    seed,
    numRuns: path === undefined ? 1_000_000_000 : 1,
    ...(path === undefined ? { interruptAfterTimeLimit: seconds * 1000 } : { path }),
  });
  if (!details.failed || details.counterexample === null) return tally;
  const again = path ?? details.counterexamplePath ?? "";
  throw new Error(await report(details.counterexample[0], details.numRuns, seed, again));
}

function sendsOf({ connections }: Program): number {
  return connections.reduce(
    (sum, { client, server }) => sum + client.sends.length + server.sends.length,
    0,
  );
}

async function attempt({
  program,
  walks,
}: Trial): Promise<{ readonly error: unknown; readonly seed: number } | undefined> {
  for (const seed of walks) {
    try {
      await walk(() => play(program), seed, optionsFor(program));
    } catch (error) {
      return { error, seed };
    }
  }
  return undefined;
}

function optionsFor(program: Program): SimulationOptions {
  return {
    outside: program.transport === "tls" ? "walk" : "forbid",
    network: () => program.wire,
  };
}

function leavesOf(error: unknown): readonly unknown[] {
  return error instanceof AggregateError ? error.errors.flatMap(leavesOf) : [error];
}

async function report(trial: Trial, runs: number, seed: number, path: string): Promise<string> {
  const { program } = trial;
  const failure = await attempt(trial);
  const trace = new Trace();
  const error = await walk(
    () => play(program),
    failure?.seed ?? 0,
    optionsFor(program),
    trace,
  ).then(
    () => failure?.error,
    (reason: unknown) => reason,
  );
  const broken = leavesOf(error).map((it) => (it instanceof Error ? it.stack : String(it)));
  return `${broken.join("\n")}

${printProgram(program)}

${trace.text(linesOfTrace)}

found in program ${runs}; replay: npm run soak -- --network --seed ${seed} --path ${path}`;
}
