// Random tests for as long as one likes.
//
// npm run soak -- [--programs 20000] [--seed N [--path P]] compares the library with the model.
//
// npm run soak -- --streams [--minutes 5] [--seed N [--steps N] [--times 20]] fuzzes socket pairs. With a seed
// it runs that one alone, several times, because the timing is never the same.
//
// npm run soak -- --network [--seconds 60] [--transport tcp] [--seed N [--path P]] plays programs on the simulated network.
//
// npm run soak -- --frames [--minutes 5] [--seed N] fuzzes the frames that a WebSocket receives.
//
// npm run soak -- --datagrams [--minutes 5] [--seed N] fuzzes UDP on the loopback.
//
// npm run soak -- --parsers [--bytes 10000000] [--parser "http request"] [--seed N] feeds each parser, or one, with random bytes.
import { parseArgs } from "node:util";
import { soakModel } from "./modelSoak.js";
import { soakNetwork } from "./network/networkSoak.js";
import { type Transport, transports } from "./network/program.js";
import { soakParsers } from "./parserSoak.js";
import { fuzzDatagrams } from "../support/fuzz/datagramFuzz.js";
import { fuzzFrames } from "../support/fuzz/frameFuzz.js";
import { Random } from "../support/fuzz/random.js";
import { fuzzStreams, newTally, openDescriptors } from "../support/fuzz/streamFuzz.js";

const reportEvery = 5000;

const { values } = parseArgs({
  options: {
    streams: { type: "boolean", default: false },
    network: { type: "boolean", default: false },
    seconds: { type: "string", default: "60" },
    transport: { type: "string" },
    frames: { type: "boolean", default: false },
    datagrams: { type: "boolean", default: false },
    parsers: { type: "boolean", default: false },
    parser: { type: "string" },
    bytes: { type: "string", default: "10000000" },
    programs: { type: "string", default: "20000" },
    path: { type: "string" },
    minutes: { type: "string", default: "5" },
    seed: { type: "string" },
    steps: { type: "string" },
    times: { type: "string", default: "20" },
  },
});

const tally = newTally();
const started = Date.now();
let lastReport = started;

try {
  const seed = values.seed ?? String(Math.floor(Math.random() * 2 ** 31));
  if (values.network) await playNetwork(count("seed", seed), count("seconds", values.seconds));
  else if (values.frames) await soakSeeds("streams of frames", fuzzFrames);
  else if (values.datagrams) await soakSeeds("exchanges of datagrams", fuzzDatagrams);
  else if (values.parsers) {
    const bytes = count("bytes", values.bytes);
    await soakParsers({ bytes, seed: count("seed", seed), only: values.parser });
  } else if (!values.streams) {
    const programs = count("programs", values.programs);
    await soakModel({ programs, seed: count("seed", seed), path: values.path });
  } else if (values.seed === undefined) await soak(count("minutes", values.minutes) * 60_000);
  else await replay(count("seed", values.seed), count("times", values.times));
  if (values.streams) print();
  console.log("no failure");
} catch (error) {
  if (values.streams) print();
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}

async function soak(duration: number): Promise<void> {
  let seed = Math.floor(Math.random() * 2 ** 31);
  console.log(`the first seed is ${seed}`);
  while (Date.now() - started < duration) await once(seed++ % 2 ** 31);
}

async function playNetwork(seed: number, seconds: number): Promise<void> {
  console.log(`the seed is ${seed}`);
  const { transport, path } = values;
  const only = transport === undefined ? transports : [transportOf(transport)];
  const { programs, sends } = await soakNetwork({ seed, seconds, path, transports: only });
  console.log(`${programs} programs with ${sends} sends`);
}

function transportOf(name: string): Transport {
  const found = transports.find((it) => it === name);
  if (found === undefined) throw new Error(`--transport is ${transports.join(", ")}, not ${name}`);
  return found;
}

async function soakSeeds(what: string, fuzz: (random: Random) => Promise<unknown>): Promise<void> {
  const duration = count("minutes", values.minutes) * 60_000;
  const first =
    values.seed === undefined ? Math.floor(Math.random() * 2 ** 31) : count("seed", values.seed);
  const last = values.seed === undefined ? Infinity : first;
  let seed = first;
  for (; seed <= last && Date.now() - started < duration; seed++) {
    try {
      await fuzz(new Random(seed));
    } catch (error) {
      throw new Error(`seed ${seed}: ${String(error)}`, { cause: error });
    }
  }
  console.log(`${seed - first} ${what}`);
}

async function replay(seed: number, times: number): Promise<void> {
  for (let i = 0; i < times; i++) await once(seed);
}

async function once(seed: number): Promise<void> {
  // Some runs are long, so that a pair gets old; the number follows from the seed.
  const steps = values.steps === undefined ? stepsOf(seed) : count("steps", values.steps);
  await fuzzStreams({ seed, steps, tally });
  if (Date.now() - lastReport < reportEvery) return;
  lastReport = Date.now();
  print();
}

function stepsOf(seed: number): number {
  return seed % 10 === 0 ? 3000 : 300;
}

function count(name: string, text: string): number {
  const value = Number(text);
  if (Number.isFinite(value) && value >= 0) return value;
  throw new Error(`--${name} needs a number, not ${text}`);
}

function print(): void {
  const seconds = Math.round((Date.now() - started) / 1000);
  const mebibytes = (bytes: number): string => `${Math.round(bytes / 2 ** 20)} MiB`;
  console.log(
    `${seconds} s: ${tally.runs} runs, ${tally.steps} steps, ${tally.pairs} pairs, ` +
      `${mebibytes(tally.bytesSent)} sent, ${mebibytes(tally.bytesReceived)} received, ` +
      `rss ${mebibytes(process.memoryUsage.rss())}, ${openDescriptors()} descriptors`,
  );
  for (const [name, outcomes] of byOperation()) console.log(`  ${name}: ${outcomes.join(", ")}`);
}

function byOperation(): [name: string, outcomes: string[]][] {
  const operations = new Map<string, string[]>();
  for (const [key, times] of [...tally.outcomes].toSorted(([a], [b]) => a.localeCompare(b))) {
    const space = key.indexOf(" ");
    const name = key.slice(0, space);
    const outcomes = operations.get(name) ?? [];
    outcomes.push(`${key.slice(space + 1)} ${times}`);
    operations.set(name, outcomes);
  }
  return [...operations];
}
