// How cost grows, what things weigh, and what V8's flags do: node build/bench/growth.js --help
import { writeFileSync } from "node:fs";
import { Option, program as command } from "commander";
import { mean } from "simple-statistics";
import { companies } from "./peers/ours/company.js";
import { findPeers, type Peer, withCompany, withFlags } from "./peers.js";
import {
  type GrowingProgram,
  growingPrograms,
  type Program,
  programNamed,
  programs,
} from "./programs.js";
import { type Outcome, race } from "./race.js";
import { makeReport, renderAmount, renderRows, renderTable } from "./report.js";

const partNames = ["growth", "company", "weights", "flags", "garbage"] as const;

type PartName = (typeof partNames)[number];

const { json, only } = command
  .name("npm run bench:growth --")
  .description("Measures how the cost of ours grows, what things weigh, and what V8's flags do.")
  .option("--json <file>", "write the rounds there, too: for npm run bench:charts -- <file>")
  .addOption(
    new Option("--only <part...>", "only these")
      .choices(partNames)
      .default(partNames, "all of them"),
  )
  .parse()
  .opts<{ json?: string; only: readonly PartName[] }>();

/** What a program of a user's may be made of. */
const usual = ["ctxswitch", "chan", "go", "whispers", "sieve", "roundtrip", "throughput"];
const million = 1_000_000;
const flags = [[], ...[1, 32, 64, 128].map((size) => [`--max-semi-space-size=${size}`])];

const [ours] = await findPeers(["ours"], console.log);
if (ours === undefined) throw new Error("the package has not been built");
const outcomes: Outcome[] = [];
const times = growingPrograms.filter(({ quantity }) => quantity === "time");
const weights = growingPrograms.filter(({ quantity }) => quantity === "heap");

const parts: Readonly<Record<PartName, () => Promise<string>>> = {
  growth: () => growthTable(ours, times),
  company: () => companyTable(ours),
  weights: () => weightTable(ours, weights),
  flags: () => flagTable(ours),
  garbage: () => collectionTable(ours),
};

for (const part of only) console.log(`${await parts[part]()}\n`);
if (json !== undefined) {
  writeFileSync(json, `${JSON.stringify(makeReport("full", [ours], outcomes), null, 2)}\n`);
}

/** A row for each program, a column for each size. */
async function growthTable(peer: Peer, some: readonly GrowingProgram[]): Promise<string> {
  const sizes = [...new Set(some.flatMap((program) => program.sizes))].toSorted((a, b) => a - b);
  const rows: string[][] = [];
  for (const program of some) {
    const cells = new Map<number, string>();
    for (const n of program.sizes) {
      const amount = await medianOf(peer, withSize(program, n));
      cells.set(n, renderAmount(program, amount));
    }
    rows.push([program.title, program.unit, ...sizes.map((n) => cells.get(n) ?? "")]);
  }
  return renderRows([["", "per", ...sizes.map(groupDigits)], ...rows], 2);
}

/** The ratio says how many times as long as in a process that has nothing else. */
async function companyTable(peer: Peer): Promise<string> {
  const beside = companies.map((kind) => withCompany(peer, kind, million));
  const variants = [{ ...peer, name: "nothing" }, ...beside];
  const rows: Outcome[] = [];
  for (const program of programs.filter(
    ({ suite, quantity }) => suite === "runtime" && quantity === "time",
  )) {
    rows.push(await race(program, variants, "quick"));
  }
  const names = variants.map(({ name }) => name);
  return `Beside a million of a kind:\n\n${renderTable(rows, names)}`;
}

async function weightTable(peer: Peer, some: readonly GrowingProgram[]): Promise<string> {
  const rows: string[][] = [];
  for (const program of some) {
    const amount = await medianOf(peer, withSize(program, program.sizes[0] ?? 1));
    rows.push([program.title, renderAmount(program, amount)]);
  }
  return renderRows([["what", "heap"], ...rows], 1);
}

/** The ratio says how many times as long as without flags. */
async function flagTable(peer: Peer): Promise<string> {
  const variants = flags.map((some) => withFlags(peer, some));
  const names = variants.map(({ name }) => name);
  const rows: Outcome[] = [];
  for (const name of usual) rows.push(await race(programNamed(name), variants, "full"));
  return renderTable(rows, names);
}

/** How much of the time goes into collecting garbage, for each size of the young generation. */
async function collectionTable(peer: Peer): Promise<string> {
  const variants = flags.map((some) => withFlags(peer, some));
  const rows: string[][] = [];
  for (const name of usual) {
    const row = [name];
    for (const variant of variants) {
      const program = programNamed(name);
      // Not the medians: a round may well do without a collection.
      const time = await meanOf(variant, program);
      const collecting = await meanOf(variant, { ...program, quantity: "collecting" });
      row.push(`${((collecting / time) * 100).toFixed(1)} %`);
    }
    rows.push(row);
  }
  return renderRows([["program", ...variants.map(({ name }) => name)], ...rows], 1);
}

function withSize(program: Program, n: number): Program {
  return { ...program, n: { full: n, quick: n, smoke: n } };
}

async function medianOf(peer: Peer, program: Program): Promise<number> {
  const outcome = await race(program, [peer], "quick");
  outcomes.push(outcome);
  return outcome.scores[0]?.median ?? Number.NaN;
}

async function meanOf(peer: Peer, program: Program): Promise<number> {
  const { scores } = await race(program, [peer], "quick");
  return mean([...(scores[0]?.rounds ?? [])]);
}

function groupDigits(n: number): string {
  return n.toLocaleString("en");
}
