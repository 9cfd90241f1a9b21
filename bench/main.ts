// Runs the benchmarks: node build/bench/main.js --help
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { Option, program as command } from "commander";
import {
  hasFloor,
  limitOf,
  type Ratios,
  ratiosFor,
  ratioToFloor,
  readStored,
  storedFile,
  writeStored,
} from "./floor.js";
import { type Comparison, compare, isComparable, renderComparisons, stage } from "./pair.js";
import { findPeers, peerNames } from "./peers.js";
import { type Program, programNamed, programs } from "./programs.js";
import { type Outcome, race } from "./race.js";
import { makeReport, renderTable } from "./report.js";
import { buildRevision } from "./revision.js";
import { type SizeFlags, sizeOf, sizeOptions } from "./size.js";

interface Options extends SizeFlags {
  readonly only: readonly string[];
  readonly peers: readonly string[];
  readonly check?: string;
  readonly write?: string;
  readonly against?: string;
  readonly rounds: string;
  readonly json?: string;
}

const beginnings = [...new Set(programs.flatMap(({ name, suite }) => [suite, name]))];
const [mediumOption, quickOption] = sizeOptions({
  quick: "in under two minutes, less exactly",
  medium: "in about six minutes",
});
const options = command
  .name("npm run bench --")
  .description(
    "Measures ours and its peers in the same programs, in turns. What is printed: the median, half the " +
      "distance between the quartiles, and the ratio to ours (to the first peer, where ours is left out). " +
      "Behind the stroke stands the processor's time, that of the measured process.",
  )
  .addOption(quickOption)
  .addOption(mediumOption)
  .option(
    "--only <beginning...>",
    `only programs or suites that begin so: ${beginnings.join(", ")}`,
    [],
  )
  .addOption(
    new Option("--peers <name...>", "only these")
      .choices(peerNames)
      .default(peerNames, "all of them"),
  )
  .addOption(
    new Option(
      "--check [file]",
      "fail if a program takes twice the time, by its floor, that is stored",
    )
      .preset(storedFile)
      .conflicts("write"),
  )
  .addOption(
    new Option("--write [file]", "store the times by the floor for a check").preset(storedFile),
  )
  .option("--against <revision>", "compare with that revision of ours, or a folder with a build")
  .option("--rounds <number>", "how often the two builds take turns: A B B A", "10")
  .option("--json <file>", "write the rounds there, too")
  .parse()
  .opts<Options>();

const major = Number.parseInt(process.versions.node, 10);
const { only, peers: names, against, json } = options;
const wanted = programs.filter(
  ({ name, suite }) =>
    only.length === 0 || only.some((start) => name.startsWith(start) || suite.startsWith(start)),
);
if (wanted.length === 0) command.error(`error: no program begins with ${only.join(" or ")}`);

if (against !== undefined) await compareWith(against);
else if (options.check !== undefined) await checkFloor(ratiosFor(readStored(options.check), major));
else if (options.write !== undefined) await storeFloor(options.write);
else await compareWithPeers();

async function compareWithPeers(): Promise<void> {
  const size = sizeOf(options);
  const peers = await findPeers(names, console.log);
  const outcomes: Outcome[] = [];
  for (const program of wanted) {
    const taking = peers.filter((peer) => peer.programs.has(program.name));
    if (taking.length === 0) continue;
    console.log(`${program.name}: ${program.title} (${taking.map(({ name }) => name).join(", ")})`);
    outcomes.push(await race(program, peers, size));
    keep(makeReport(size, peers, outcomes));
  }
  for (const suite of ["runtime", "cold", "sockets", "tls", "simulate", "inspect"]) {
    const some = outcomes.filter(({ program }) => programNamed(program).suite === suite);
    if (some.length > 0) console.log(renderTable(some, peerNames));
  }
}

/** A net for accidents: it is coarse, so that it holds on any machine. */
async function checkFloor(stored: Ratios): Promise<void> {
  for (const program of wanted.filter(hasFloor)) {
    const limit = limitOf(program, stored);
    const ratio = await ratioToFloor(program, limit);
    const isTooSlow = ratio > limit;
    console.log(
      `${showRatio(program, ratio)}${isTooSlow ? `, more than ${limit.toFixed(2)}` : ""}`,
    );
    if (isTooSlow) process.exitCode = 1;
  }
}

async function storeFloor(file: string): Promise<void> {
  const ratios = new Map<string, number>();
  for (const program of wanted.filter(hasFloor)) {
    const ratio = await ratioToFloor(program, 0); // as often as a check may
    ratios.set(program.name, ratio);
    console.log(showRatio(program, ratio));
  }
  writeStored(file, major, Object.fromEntries(ratios));
}

function showRatio({ name }: Program, ratio: number): string {
  return `${name}: ${ratio.toFixed(2)} times its floor`;
}

/** This checkout against another revision of it. */
async function compareWith(other: string): Promise<void> {
  const some: readonly Program[] = wanted.filter(isComparable);
  const scratch = mkdtempSync(join(tmpdir(), "dill-bench-"));
  process.once("exit", () => rmSync(scratch, { recursive: true, force: true }));
  const root = fileURLToPath(new URL("../../", import.meta.url));
  let built = resolve(other);
  if (!existsSync(join(built, "dist"))) {
    built = join(scratch, "revision");
    console.error(`building ${other}`);
    buildRevision(root, other, built);
  }
  const [a, b] = [stage(built, join(scratch, "A")), stage(root, join(scratch, "B"))];
  const rows: Comparison[] = [];
  for (const program of some) {
    console.error(program.name);
    rows.push(await compare(program, a, b, Number(options.rounds)));
    keep(rows);
  }
  console.log(renderComparisons(rows, some, [other, "this"]));
}

/** After each program: a run that is broken off leaves what it has. */
function keep(result: unknown): void {
  if (json !== undefined) writeFileSync(json, `${JSON.stringify(result, null, 2)}\n`);
}
