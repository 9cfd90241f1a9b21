// The one file that a release's numbers come from: bench/results/<version>.json. Each part is the report of one run.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { LoadReport } from "./load/report.js";
import { versionOf } from "./peers.js";
import type { Report } from "./report.js";

/** The parts, and what was measured in each. */
interface Parts {
  /** All programs by all peers, with the floor and "ours alone". */
  readonly peers: Report;
  /** Ever more of one thing, and what things weigh. */
  readonly growth: Report;
  /** The programs beside very many things that do nothing. */
  readonly company: Report;
  /** Sizes of V8's young generation: times, and how much of them went into garbage. */
  readonly flags: Report;
  /** Servers under load from another process. */
  readonly load: LoadReport;
}

export type PartName = keyof Parts;

/** A part is missing until it has been measured. */
export type Results = Partial<Parts>;

/** Of the version that package.json names. */
export const releaseFile = fileURLToPath(
  new URL(`../../bench/results/${versionOf(".")}.json`, import.meta.url),
);

export function readResults(file: string = releaseFile): Results {
  if (!existsSync(file)) throw new Error(`there is no ${file}: npm run bench:release`);
  return JSON.parse(readFileSync(file, "utf8")) as Results;
}

export function partOf<Name extends PartName>(results: Results, name: Name): Parts[Name] {
  const part: Results[Name] = results[name];
  if (part === undefined) {
    throw new Error(`the part ${name} is missing: npm run bench:release -- --part ${name}`);
  }
  return part;
}

/** Puts the parts into the file, in place of what it had of them. What stays there must be of the same machine. */
export function mergeParts(file: string, parts: Results): void {
  const merged: Results = existsSync(file) ? { ...readResults(file), ...parts } : parts;
  const machines = new Set(
    Object.values(merged).map(({ node, processor, platform, size }) =>
      [node, processor, platform, size].join(", "),
    ),
  );
  if (machines.size > 1) {
    const list = [...machines].join(" | ");
    throw new Error(`${file} would mix runs that can't be compared: ${list}. Measure all parts`);
  }
  writeFileSync(file, `${render(merged)}\n`);
}

/** The rounds of a score on one line, with as many digits as mean something. */
function render(results: Results): string {
  return JSON.stringify(results, round, 2).replaceAll(/\[[-\d.e,\s]+\]/g, (list) =>
    list.replaceAll(/\s+/g, " "),
  );
}

/** Not points in time, which are larger. */
function round(_: string, value: unknown): unknown {
  if (typeof value !== "number" || Number.isInteger(value) || value > 1e9) return value;
  return Number(value.toPrecision(4));
}
