// Feeds the parsers with random bytes.
import { fuzzParser, parserNames } from "../support/fuzz/parserFuzz.js";

export interface ParserSoak {
  /** For each parser. */
  readonly bytes: number;
  readonly seed: number;
  readonly only: string | undefined;
}

export async function soakParsers({ bytes, seed, only }: ParserSoak): Promise<void> {
  console.log(`the first seed is ${seed}`);
  for (const name of only === undefined ? parserNames : [only]) {
    const started = performance.now();
    const tally = await fuzzParser(name, bytes, seed);
    const seconds = (performance.now() - started) / 1000;
    const ends = [...tally.ends].map(([code, times]) => `${code} ${times}`).join(", ");
    console.log(
      `${name}: ${tally.bytes} bytes, seeds ${seed} to ${seed + tally.inputs - 1}, ` +
        `${Math.round(tally.bytes / seconds / 1000)} kB a second; ${ends}`,
    );
  }
}
