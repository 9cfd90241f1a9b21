// The one file that a release's numbers come from: bench/results/<version>.json. It has what was measured on each
// version of Node, and each part of that is the report of one run.
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { LoadReport } from "./load/report.js";
import { versionOf } from "./peers.js";
import type { Report } from "./report.js";

/** The parts, and what was measured in each. */
export interface Parts {
  /** The programs of coroutines and sockets by all peers, with the floor and "ours alone". */
  readonly peers: Report;
  /** The same over TLS. */
  readonly tls: Report;
  /** Programs in virtual time, by the test kit and by fake clocks. */
  readonly simulate: Report;
  /** Ever more of one thing, and what things weigh. */
  readonly growth: Report;
  /** The programs beside very many things that do nothing. */
  readonly company: Report;
  /** Sizes of V8's young generation: times, and how much of them went into garbage. */
  readonly flags: Report;
  /** Servers under load from another process. */
  readonly load: LoadReport;
  /** The same for servers of WebSockets. */
  readonly wsLoad: LoadReport;
}

export type PartName = keyof Parts;

/** A part is missing until it has been measured. */
export type Results = Partial<Parts>;

/** By Node's major version. */
export type Runs = Readonly<Record<string, Results>>;

/** Of the version that package.json names. */
export const releaseFile = fileURLToPath(
  new URL(`../../bench/results/${versionOf(".")}.json`, import.meta.url),
);

export function readRuns(file: string = releaseFile): Runs {
  if (!existsSync(file)) throw new Error(`there is no ${file}: npm run bench:release`);
  return JSON.parse(readFileSync(file, "utf8")) as Runs;
}

/** What the papers tell of: the oldest version of Node. */
export function mainOf(runs: Runs): Results {
  return Object.values(runs)[0] ?? {}; // whole numbers stand in their order
}

export function partOf<Name extends PartName>(results: Results, name: Name): Parts[Name] {
  const part: Results[Name] = results[name];
  if (part === undefined) {
    throw new Error(`the part ${name} is missing: npm run bench:release -- --part ${name}`);
  }
  return part;
}

/**
 * Puts the parts into the file, in place of what it had of them for their version of Node. What stays there for the same version
 * must be of a run of the same size. It may be of another machine: nothing is compared across parts, and the papers name the machine of each.
 */
export function mergeParts(file: string, parts: Results): void {
  const [first] = Object.values(parts);
  if (first === undefined) return;
  const runs = runsIn(file);
  const major = majorOf(first.node);
  const merged: Results = { ...runs[major], ...parts };
  const kinds = new Set(Object.values(merged).map(({ node, size }) => `${node}, ${size}`));
  if (kinds.size > 1) {
    const list = [...kinds].join(" | ");
    throw new Error(`${file} would mix runs that can't be compared: ${list}. Measure all parts`);
  }
  write(file, { ...runs, [major]: merged });
}

/** Makes room for these parts of a run: a whole one takes the place of all that the file has of its version of Node. */
export function prepare(file: string, here: Pick<Report, "node">, isWhole: boolean): void {
  const { [majorOf(here.node)]: own, ...others } = runsIn(file);
  if (!isWhole || own === undefined) return;
  if (Object.keys(others).length > 0) write(file, others);
  else rmSync(file);
}

function runsIn(file: string): Runs {
  return existsSync(file) ? readRuns(file) : {};
}

function majorOf(node: string): string {
  return node.replace(/^v(\d+).*$/, "$1");
}

function write(file: string, runs: Runs): void {
  writeFileSync(file, `${render(runs)}\n`);
}

/** The rounds of a score on one line, with as many digits as mean something. */
function render(runs: Runs): string {
  return JSON.stringify(runs, round, 2).replaceAll(/\[[-\d.e,\s]+\]/g, (list) =>
    list.replaceAll(/\s+/g, " "),
  );
}

/** Not points in time, which are larger. */
function round(_: string, value: unknown): unknown {
  if (typeof value !== "number" || Number.isInteger(value) || value > 1e9) return value;
  return Number(value.toPrecision(4));
}
