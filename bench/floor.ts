// How far ours lies above the floor, by processor time, and how far it may. The ratio of two programs that take turns
// hardly depends on the machine or on what else runs there; and the best rounds of both are those least disturbed.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { findPeers } from "./peers.js";
import type { Program } from "./programs.js";
import { type Pace, race, type Score } from "./race.js";

export type Ratios = Readonly<Record<string, number>>;

/** By Node's major version: what V8 makes of a program, and of its floor, changes. */
export type Stored = Readonly<Record<string, Ratios>>;

/** A ratio may be so many times the stored one. */
const tolerance = 2;

/** What seems too slow is measured again, so often. */
const attempts = 4;

const pace: Pace = { rounds: 7, round: 15, warmUp: 500, patience: 1500, fewRounds: 3 };

/** Where the ratios are, if nothing else is said. */
export const storedFile = fileURLToPath(new URL("../../bench/results/floor.json", import.meta.url));

/** Not `timer`: what it takes is decided by when the clock ticks. Of the sockets, what is warm within a second. */
export function hasFloor({ name, suite }: Program): boolean {
  if (suite === "runtime") return name !== "timer";
  return name === "roundtrip" || name === "throughput";
}

export function readStored(file: string): Stored {
  if (!existsSync(file)) return {};
  return JSON.parse(readFileSync(file, "utf8")) as Stored;
}

/** Those of this version of Node; if there are none, those of the last one before it, or else of the first. */
export function ratiosFor(stored: Stored, major: number): Ratios {
  const majors = Object.keys(stored)
    .map(Number)
    .toSorted((a, b) => a - b);
  const best = majors.findLast((each) => each <= major) ?? majors[0];
  return best === undefined ? {} : stored[best]!;
}

/** Replaces the ratios of these programs. */
export function writeStored(file: string, major: number, ratios: Ratios): void {
  const rounded = Object.entries(ratios).map(([name, ratio]) => [name, Number(ratio.toFixed(2))]);
  const stored = readStored(file);
  const own: Ratios = { ...stored[major], ...Object.fromEntries(rounded) };
  writeFileSync(file, `${JSON.stringify({ ...stored, [major]: own }, null, 2)}\n`);
}

export function limitOf({ name }: Program, stored: Ratios): number {
  const ratio = stored[name];
  if (ratio === undefined) throw new Error(`${name} has no stored ratio: use --write`);
  return ratio * tolerance;
}

/**
 * Ours by the floor; for sockets, that is node:net. While it is above `limit`, both are measured again, in new
 * processes: the best that each has reached in any of them counts.
 */
export async function ratioToFloor(program: Program, limit: number): Promise<number> {
  const names = ["ours", program.suite === "sockets" ? "node" : "floor"];
  const peers = await findPeers(names, console.error);
  const best = peers.map(() => Number.POSITIVE_INFINITY);
  let ratio = Number.POSITIVE_INFINITY;
  for (let attempt = 0; attempt < attempts && ratio >= limit; attempt++) {
    const { scores } = await race(program, peers, "quick", pace);
    scores.forEach((score, i) => {
      best[i] = Math.min(best[i]!, lowest(score, program));
    });
    ratio = best[0]! / best[1]!;
  }
  return ratio;
}

function lowest({ rounds, processors }: Score, { quantity }: Program): number {
  return Math.min(...(quantity === "time" ? processors : rounds));
}
