// Compares two builds of this package in the programs of this checkout.
//
// Each round starts four processes, A B B A, because much of what two runs differ in is decided when a process
// starts. What counts is processor time, which other programs disturb less. A against itself says how far two
// identical builds differ: a smaller difference means nothing.
import { cpSync, existsSync, mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { median, quantile } from "simple-statistics";
import { Contender } from "./contender.js";
import type { Program } from "./programs.js";
import { checkResult } from "./race.js";
import { renderAmount, renderRows } from "./report.js";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** Times in milliseconds: how long a process is warmed up, and then measured. */
const warmUp = 300;
const measured = 150;

/** How the two builds did in a program. Amounts are nanoseconds for one of its unit. */
export interface Comparison {
  readonly program: string;
  readonly a: number;
  readonly b: number;
  /** B's time by A's, and half the distance of the quartiles of that. */
  readonly ratio: number;
  readonly spread: number;
  /** The same of A by A. */
  readonly ownRatio: number;
  readonly ownSpread: number;
}

/** Whether the processor's time of a program can be compared: it has to be taken by one process. */
export function isComparable({ name, quantity, isCold }: Program): boolean {
  return quantity === "time" && isCold !== true && !name.endsWith("2p");
}

/** A folder in which the benchmarks of this checkout import the package of another one, which has been built. */
export function stage(checkout: string, folder: string): string {
  if (!existsSync(join(checkout, "dist/bundle"))) throw new Error(`${checkout} has not been built`);
  mkdirSync(join(folder, "build"), { recursive: true });
  cpSync(join(root, "build/bench"), join(folder, "build/bench"), { recursive: true });
  cpSync(join(checkout, "package.json"), join(folder, "package.json"));
  cpSync(join(checkout, "dist"), join(folder, "dist"), { recursive: true });
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  return folder;
}

/** A and B are folders made by stage(). */
export async function compare(
  program: Program,
  a: string,
  b: string,
  rounds: number,
): Promise<Comparison> {
  const first: number[] = [];
  const second: number[] = [];
  const others: number[] = [];
  for (let round = 0; round < rounds; round++) {
    first.push(await processorTime(a, program));
    others.push(await processorTime(b, program), await processorTime(b, program));
    second.push(await processorTime(a, program));
  }
  const ratios = others.map((amount, i) => amount / (i % 2 === 0 ? first : second)[i >> 1]!);
  // Which of two identical builds went first is chance, so that half of these are turned round.
  const own = first.map((amount, i) => (i % 2 === 0 ? amount / second[i]! : second[i]! / amount));
  const [medianA, medianB] = [median([...first, ...second]), median(others)];
  return {
    program: program.name,
    a: medianA,
    b: medianB,
    ratio: medianB / medianA,
    spread: halfSpread(ratios),
    ownRatio: median(own),
    ownSpread: halfSpread(own),
  };
}

/** A row for each program. */
export function renderComparisons(
  rows: readonly Comparison[],
  programs: readonly Program[],
  names: readonly [string, string],
): string {
  const table = rows.map((row) => {
    const program = programs.find(({ name }) => name === row.program)!;
    return [
      program.name,
      program.unit,
      renderAmount(program, row.a),
      renderAmount(program, row.b),
      `${row.ratio.toFixed(3)} ±${percent(row.spread)}`,
      `${row.ownRatio.toFixed(3)} ±${percent(row.ownSpread)}`,
      verdict(row),
    ];
  });
  const [a, b] = names;
  return renderRows([["program", "per", `A: ${a}`, `B: ${b}`, "B/A", "A/A", ""], ...table], 2);
}

function verdict({ ratio, ownRatio, ownSpread }: Comparison): string {
  const noise = Math.max(ownSpread, Math.abs(ownRatio - 1));
  if (ratio > 1 + noise) return "slower";
  return ratio < 1 - noise ? "faster" : "alike";
}

/** Half the distance of the quartiles. */
function halfSpread(values: readonly number[]): number {
  return (quantile([...values], 0.75) - quantile([...values], 0.25)) / 2;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)}%`;
}

/** Nanoseconds of processor time for one of the program's unit, in a process that starts and ends here. */
async function processorTime(build: string, program: Program): Promise<number> {
  const worker = join(build, "build/bench/worker.js");
  const flags = ["--expose-gc", "--single-threaded-gc"];
  const { name, quantity } = program;
  const contender = new Contender([process.execPath, ...flags, worker, "ours", name, quantity]);
  const n = program.n.quick;
  try {
    const attempt = async (): Promise<number> => {
      const { processor, result } = await contender.round(n);
      checkResult(program, build, n, result);
      return processor;
    };
    const warm = performance.now() + warmUp;
    do await attempt();
    while (performance.now() < warm);
    const end = performance.now() + measured;
    let [sum, count] = [0, 0];
    do {
      sum += await attempt();
      count += 1;
    } while (performance.now() < end);
    return sum / count / (program.operations ?? n);
  } finally {
    await contender.close();
  }
}
