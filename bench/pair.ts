// Compares two builds of this package: node build/bench/pair.js --help
//
// Both run the programs of this checkout. Each round starts four processes, A B B A, because much of what two
// runs differ in is decided when a process starts. What counts is processor time, which other programs disturb
// less. A against itself says how far two identical builds differ: a smaller difference means nothing.
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { program as command } from "commander";
import { median, quantile } from "simple-statistics";
import { Contender } from "./contender.js";
import { type Program, programs } from "./programs.js";
import { checkResult } from "./race.js";
import { renderAmount, renderRows } from "./report.js";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** Times in milliseconds: how long a process is warmed up, and then measured. */
const warmUp = 300;
const measured = 150;

interface Options {
  readonly rounds: string;
  readonly only: readonly string[];
  readonly alone: boolean;
}

command
  .name("npm run bench:pair --")
  .description("Measures two built checkouts in the same programs, in turns.")
  .argument("<A>", "the folder of the one that is compared with")
  .argument("<B>", "the folder of the one that may have become slower")
  .option("--rounds <number>", "how often A B B A", "10")
  .option("--only <beginning...>", "only programs or suites that begin so", [])
  .option("--alone", "without the warm-up that uses every operation", false)
  .parse();
const [dirA = "", dirB = ""] = command.args;
const { rounds, only, alone } = command.opts<Options>();
const rows = programs.filter(
  ({ name, suite, quantity, isCold }) =>
    quantity === "time" &&
    !isCold &&
    !name.endsWith("2p") && // the other process's time would be missing
    (only.length === 0 || only.some((start) => name.startsWith(start) || suite.startsWith(start))),
);
if (rows.length === 0) command.error(`error: no program begins with ${only.join(" or ")}`);

const scratch = mkdtempSync(join(tmpdir(), "dill-pair-"));
process.once("exit", () => rmSync(scratch, { recursive: true, force: true }));
const builds = { A: stage("A", dirA), B: stage("B", dirB) };

const table: string[][] = [["program", "per", "A", "B", "B/A", "A/A", ""]];
for (const program of rows) {
  console.error(program.name);
  table.push(await compare(program));
}
console.log(renderRows(table, 2));

/** A folder in which the benchmarks of this checkout import the package of another one. */
function stage(name: string, checkout: string): string {
  const source = resolve(checkout);
  if (!existsSync(join(source, "dist/bundle")))
    command.error(`error: ${source} has not been built`);
  const folder = join(scratch, name);
  mkdirSync(join(folder, "build"), { recursive: true });
  cpSync(join(root, "build/bench"), join(folder, "build/bench"), { recursive: true });
  cpSync(join(source, "package.json"), join(folder, "package.json"));
  symlinkSync(join(source, "dist"), join(folder, "dist"));
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  return folder;
}

async function compare(program: Program): Promise<string[]> {
  const first: number[] = [];
  const second: number[] = [];
  const b: number[] = [];
  for (let round = 0; round < Number(rounds); round++) {
    first.push(await processorTime(builds.A, program));
    const between = [
      await processorTime(builds.B, program),
      await processorTime(builds.B, program),
    ];
    b.push(...between);
    second.push(await processorTime(builds.A, program));
  }
  const a = [...first, ...second];
  const ratio = median(b) / median(a);
  const ratios = b.map((amount, i) => amount / (i % 2 === 0 ? first : second)[i >> 1]!);
  // Which of two identical builds went first is chance, so that half of these are turned round.
  const own = first.map((amount, i) => (i % 2 === 0 ? amount / second[i]! : second[i]! / amount));
  const spread = halfSpread(own);
  const noise = Math.max(spread, Math.abs(median(own) - 1));
  return [
    program.name,
    program.unit,
    renderAmount(program, median(a)),
    renderAmount(program, median(b)),
    `${ratio.toFixed(3)} ±${percent(halfSpread(ratios))}`,
    `${median(own).toFixed(3)} ±${percent(spread)}`,
    verdict(ratio, noise),
  ];
}

function verdict(ratio: number, noise: number): string {
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
  const peer = alone ? "ours alone" : "ours";
  const contender = new Contender([
    process.execPath,
    ...flags,
    worker,
    peer,
    program.name,
    program.quantity,
  ]);
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
