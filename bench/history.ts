// The releases side by side. Machines differ, and so do versions of Node: what is compared is how many times as long
// ours took as a yardstick that ran in the same rounds.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { median } from "simple-statistics";
import { type Program, programs } from "./programs.js";
import type { Outcome } from "./race.js";
import { type Report, renderRows } from "./report.js";
import { mainOf, partOf, readRuns } from "./results.js";

export interface Release {
  readonly version: string;
  readonly report: Report;
}

/** What ours is measured by, the best first: the next one takes the place of one that was not there. */
const yardsticks = ["floor", "node", "go", "effection"];

interface Point {
  readonly program: Program;
  readonly yardstick: string;
  /** By release. */
  readonly ratios: ReadonlyMap<string, number>;
}

/** The results of a folder, the oldest release first. */
export function readReleases(folder: string): Release[] {
  return readdirSync(folder)
    .filter((name) => /^\d.*\.json$/.test(name))
    .map((name) => ({
      version: name.replace(/\.json$/, ""),
      report: partOf(mainOf(readRuns(join(folder, name))), "peers"),
    }))
    .toSorted((a, b) => a.version.localeCompare(b.version, "en", { numeric: true }));
}

/** A row for each program, a column for each release; below, what each was measured on. */
export function renderHistory(releases: readonly Release[]): string {
  const versions = releases.map(({ version }) => version);
  const rows = pointsOf(releases).map(({ program, yardstick, ratios }) => [
    program.name,
    yardstick,
    ...versions.map((version) => showRatio(ratios.get(version))),
  ]);
  const machines = releases.map(
    ({ version, report: { node, processor, platform, date } }) =>
      `${version}: Node ${node}, ${processor}, ${platform}, ${date.slice(0, 10)}`,
  );
  return [renderRows([["program", "ours by", ...versions], ...rows], 2), "", ...machines].join(
    "\n",
  );
}

/** Each program by the best yardstick that any release had. */
export function pointsOf(releases: readonly Release[]): Point[] {
  return programs.flatMap((program) => {
    const found = releases.flatMap(({ version, report }) => {
      const outcome = report.outcomes.find((each) => each.program === program.name);
      return outcome === undefined ? [] : [{ version, outcome }];
    });
    for (const yardstick of yardsticks) {
      const ratios = new Map<string, number>();
      for (const { version, outcome } of found) {
        const ratio = oursBy(yardstick, outcome);
        if (ratio !== undefined) ratios.set(version, ratio);
      }
      if (ratios.size > 0) return [{ program, yardstick, ratios }];
    }
    return [];
  });
}

/** The median of the rounds: what the machine did besides happened to both. */
export function oursBy(yardstick: string, { scores }: Outcome): number | undefined {
  const ours = scores.find(({ peer }) => peer === "ours");
  const other = scores.find(({ peer }) => peer === yardstick);
  if (ours === undefined || other === undefined) return undefined;
  const ratios = other.rounds.flatMap((amount, i) => {
    const own = ours.rounds[i];
    return own === undefined ? [] : [own / amount];
  });
  return ratios.length > 0 ? median(ratios) : undefined;
}

function showRatio(ratio: number | undefined): string {
  return ratio === undefined ? "" : `${ratio.toPrecision(3)}×`;
}
