// Feeds parsers with bytes of all kinds, cut in several ways: each cut must come to the same end, and to a documented one.
import { isErrno, type Coroutine, go, hclose, join, now, run } from "libdill-ts";
import { fedSocket } from "../fedSocket.js";
import { fuzzAddress } from "./addressFuzz.js";
import { headParsers } from "./headParsers.js";
import { messageParsers, type Parser, type Setting } from "./messageParsers.js";
import { cut, mutated } from "./mutations.js";
import { Random } from "./random.js";
import { socks5Parsers } from "./socks5Parsers.js";

/** How long a few hundred bytes may take, in milliseconds; a busy machine has time enough. */
const patience = 20_000;
/** How much more memory the process may have than when it began. */
const mostMemory = 512 << 20;

export interface FuzzTally {
  inputs: number;
  bytes: number;
  /** How often each end came. */
  readonly ends: Map<string, number>;
}

interface Target {
  readonly name: string;
  /** Tries one input. Returns its length. */
  readonly once: (random: Random, tally: FuzzTally) => number | Coroutine<number>;
}

const targets: readonly Target[] = [
  ...[...messageParsers, ...headParsers, ...socks5Parsers].map((parser): Target => {
    return { name: parser.name, once: (random, tally) => fuzzOnce(parser, random, tally) };
  }),
  { name: "ipaddr", once: fuzzAddress },
];

export const parserNames: readonly string[] = targets.map(({ name }) => name);

/** Tries inputs of so many bytes together, each with the next seed. An error tells the seed. */
export async function fuzzParser(name: string, bytes: number, seed: number): Promise<FuzzTally> {
  const target = targets.find((each) => each.name === name);
  if (target === undefined) throw new Error(`no parser ${name}: ${parserNames.join(", ")}`);
  const tally: FuzzTally = { inputs: 0, bytes: 0, ends: new Map() };
  const before = memory();
  while (tally.bytes < bytes) {
    const current = seed + tally.inputs;
    try {
      const length = target.once(new Random(current), tally);
      tally.bytes += 1 + (typeof length === "number" ? length : await run(length));
    } catch (error) {
      throw new Error(`${name}, seed ${current}: ${String(error)}`, { cause: error });
    }
    tally.inputs += 1;
    if (memory() - before > mostMemory)
      throw new Error(`${name}, near seed ${current}: it takes memory`);
  }
  return tally;
}

function* fuzzOnce(parser: Parser, random: Random, tally: FuzzTally): Coroutine<number> {
  const setting = parser.setting(random);
  const bytes = mutated(setting.good, parser.nasty, random);
  const whole = yield* outcome(setting, [bytes]);
  const [code = ""] = whole.slice(-1);
  if (!parser.codes.includes(code)) throw new Error(`it ends with ${code}`);
  tally.ends.set(code, (tally.ends.get(code) ?? 0) + 1);
  const cuts = [cut(bytes, random)];
  if (random.chance(0.1)) cuts.push([...bytes].map((byte) => Buffer.of(byte)));
  for (const chunks of cuts) {
    const other = yield* outcome(setting, chunks);
    if (other.join("\n") === whole.join("\n")) continue;
    const texts = [whole, other].map((each) => JSON.stringify(each));
    throw new Error(`in one piece ${texts[0]}, and in ${chunks.length} ${texts[1]}`);
  }
  return bytes.length;
}

/** All that was received, and the code at the end. */
function* outcome(setting: Setting, chunks: readonly Buffer[]): Coroutine<string[]> {
  const { s, feed, end } = fedSocket();
  const found: string[] = [];
  const reader = go(
    (function* (): Coroutine {
      try {
        yield* setting.receive(s, (what) => found.push(what));
      } catch (error) {
        if (!isErrno(error)) throw error;
        found.push(error.code);
      }
    })(),
  );
  for (const chunk of chunks) {
    feed(chunk);
    yield;
  }
  end();
  yield* join(reader, now() + patience);
  hclose(reader);
  return found;
}

function memory(): number {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
