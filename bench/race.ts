// Runs a program for all its peers: each is warmed up, and then they take turns, round by round, so that
// whatever else the machine does happens to all of them. Neither mitata nor tinybench can do that with
// processes, so the rounds are ours and the statistics are simple-statistics'.
import { median, quantile } from "simple-statistics";
import type { Contender } from "./contender.js";
import type { Quantity, Reading } from "./contestant.js";
import type { Peer } from "./peers.js";
import type { Program } from "./programs.js";
import type { RunSize } from "./size.js";

/** What one peer reached in one program. Amounts are nanoseconds or bytes for one of `unit`. */
export interface Score {
  readonly peer: string;
  readonly median: number;
  /** The processor's time for one of `unit`, in nanoseconds: that of the process which is measured. */
  readonly processor: number;
  /** The first and the third quartile. */
  readonly quartiles: readonly [number, number];
  /** How many times as much as the first peer: the median of the ratios of the rounds. */
  readonly ratio: number;
  readonly rounds: readonly number[];
  /** The processor's time in each round. */
  readonly processors: readonly number[];
}

export interface Outcome {
  readonly program: string;
  readonly quantity: Quantity;
  readonly n: number;
  readonly scores: readonly Score[];
}

/** Times in milliseconds. */
export interface Pace {
  readonly rounds: number;
  /** In a round a peer does its n again and again for so long; the mean counts. */
  readonly round: number;
  /** A peer is warmed up for so long. */
  readonly warmUp: number;
  /** A peer that has used up this time stops after a few rounds. */
  readonly patience: number;
  readonly fewRounds: number;
}

const paces: Readonly<Record<RunSize, Pace>> = {
  full: { rounds: 21, round: 50, warmUp: 1500, patience: 10_000, fewRounds: 3 },
  medium: { rounds: 11, round: 25, warmUp: 800, patience: 2000, fewRounds: 3 },
  quick: { rounds: 5, round: 10, warmUp: 300, patience: 500, fewRounds: 2 },
};

export async function race(
  program: Program,
  peers: readonly Peer[],
  size: RunSize,
  pace: Pace = paces[size],
): Promise<Outcome> {
  const n = program.n[size === "full" ? "full" : "quick"]; // medium is in the number of rounds
  const lanes = peers
    .filter((peer) => peer.programs.has(program.name))
    .map((peer) => new Lane(peer, program, n));
  try {
    // In turns, too: nobody gets warm while the others are still starting.
    let cold = program.isCold ? [] : lanes;
    while (cold.length > 0) {
      for (const lane of cold) await lane.warmUp();
      cold = cold.filter((lane) => !lane.isWarm(pace));
    }
    for (let i = 0; i < pace.rounds; i++) {
      // Each goes first once in a while: who follows whom must not decide.
      const order = [...lanes.slice(i % lanes.length), ...lanes.slice(0, i % lanes.length)];
      for (const lane of order) if (!lane.isTired(pace)) await lane.round(pace);
    }
  } finally {
    await Promise.all(lanes.map((lane) => lane.close()));
  }
  const { name, quantity } = program;
  return { program: name, quantity, n, scores: lanes.map((lane) => lane.score(lanes[0]!)) };
}

/** A peer in a race, and what it has reached so far. */
class Lane {
  readonly #peer: Peer;
  readonly #program: Program;
  readonly #n: number;
  readonly #rounds: number[] = [];
  readonly #processors: number[] = [];
  #contender: Contender | undefined;
  #hasStarted = false;
  #warmth = 0;
  #spent = 0;

  constructor(peer: Peer, program: Program, n: number) {
    this.#peer = peer;
    this.#program = program;
    this.#n = n;
    // All start at once, so that importing a package here delays nobody's rounds later.
    if (!program.isCold) this.#contender = peer.start(program);
  }

  async warmUp(): Promise<void> {
    const spent = stopwatch();
    await this.#attempt();
    // The first one has waited for the process to start.
    if (this.#hasStarted) this.#warmth += spent();
    this.#hasStarted = true;
  }

  isWarm({ warmUp, patience }: Pace): boolean {
    return this.#warmth >= Math.min(warmUp, patience / 2);
  }

  async round({ round }: Pace): Promise<void> {
    const spent = stopwatch();
    let [amounts, processors, count] = [0, 0, 0];
    do {
      const { amount, processor } = await this.#attempt();
      amounts += amount;
      processors += processor;
      count += 1;
    } while (spent() < round && !this.#program.isCold);
    const operations = count * (this.#program.operations ?? this.#n);
    this.#rounds.push(amounts / operations);
    this.#processors.push(processors / operations);
    this.#spent += spent();
  }

  isTired({ patience, fewRounds }: Pace): boolean {
    // One round is all of a peer that takes longer for each: a warm-up has gone before.
    const enough = this.#spent > patience * fewRounds ? 1 : fewRounds;
    return this.#rounds.length >= enough && this.#spent > patience;
  }

  async close(): Promise<void> {
    await this.#contender?.close();
  }

  score(first: Lane): Score {
    const ratios = this.#rounds
      .map((amount, i) => amount / first.#rounds[i]!)
      .filter(Number.isFinite);
    return {
      peer: this.#peer.name,
      median: median(this.#rounds),
      processor: median(this.#processors),
      quartiles: [quantile(this.#rounds, 0.25), quantile(this.#rounds, 0.75)],
      ratio: ratios.length > 0 ? median(ratios) : Number.NaN,
      rounds: this.#rounds,
      processors: this.#processors,
    };
  }

  async #attempt(): Promise<Reading> {
    const [program, peer, n] = [this.#program, this.#peer, this.#n];
    this.#contender ??= peer.start(program);
    const reading = await this.#contender.round(n).catch((cause: unknown) => {
      throw new Error(`${program.name}: ${peer.name} failed`, { cause });
    });
    checkResult(program, peer.name, n, reading.result);
    if (program.isCold) {
      await this.#contender.close();
      this.#contender = undefined;
    }
    return reading;
  }
}

/** Tells the milliseconds since it was made. */
function stopwatch(): () => number {
  const start = performance.now();
  return () => performance.now() - start;
}

/** A wrong answer makes every number worthless. */
export function checkResult(program: Program, peer: string, n: number, result: number): void {
  const isRight = program.expected === undefined ? result > 0 : result === program.expected(n);
  if (isRight) return;
  const wanted = program.expected?.(n) ?? "more than 0";
  throw new Error(`${program.name}: ${peer} came to ${result} instead of ${wanted}`);
}
