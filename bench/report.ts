// What is shown: a table on the terminal, and the same as JSON for the papers and for comparisons.
import { cpus, release } from "node:os";
import { markdownTable } from "markdown-table";
import type { Peer } from "./peers.js";
import { type Program, programNamed } from "./programs.js";
import type { Outcome, Score } from "./race.js";

export interface Report {
  readonly node: string;
  /** The peers that were there, with their versions. */
  readonly peers: Readonly<Record<string, string>>;
  readonly platform: string;
  readonly processor: string;
  readonly date: string;
  readonly size: string;
  readonly outcomes: readonly Outcome[];
}

export function makeReport(
  size: string,
  peers: readonly Peer[],
  outcomes: readonly Outcome[],
): Report {
  return {
    node: process.version,
    peers: Object.fromEntries(peers.map(({ name, version }) => [name, version])),
    platform: `${process.platform} ${release()}`,
    processor: `${cpus().length} × ${cpus()[0]?.model ?? "unknown"}`,
    date: new Date().toISOString(),
    size,
    outcomes,
  };
}

/** One row for each program, one column for each peer: median, processor's time, half the spread, ratio to the first. */
export function renderTable(
  outcomes: readonly Outcome[],
  peers: readonly string[],
  tellsProcessor = true,
): string {
  const taking = peers.filter((peer) => outcomes.some(({ scores }) => scoreOf(scores, peer)));
  const rows = outcomes.map(({ program: name, scores }) => {
    const program = programNamed(name);
    const cells = taking.map((peer) =>
      renderScore(program, scoreOf(scores, peer), scores[0], tellsProcessor),
    );
    return [name, program.unit, ...cells];
  });
  return renderRows([["program", "per", ...taking], ...rows], 2);
}

/** In Markdown, for a terminal and for the docs; the columns behind the first ones are numbers. */
export function renderRows(rows: readonly (readonly string[])[], names: number): string {
  const align = rows[0]?.map((_, i) => (i < names ? "left" : "right")) ?? [];
  return markdownTable(rows, { align, stringLength: (text) => text.length });
}

/** "85/83 ns ±3% 1.4×": the time, the processor's time, half the spread, the ratio. */
function renderScore(
  program: Program,
  score: Score | undefined,
  first: Score | undefined,
  tellsProcessor: boolean,
): string {
  if (score === undefined) return "";
  const [low, high] = score.quartiles;
  const spread = Math.round(((high - low) / 2 / score.median) * 100);
  const ratio = score === first ? "" : ` ${renderRatio(score.ratio)}`;
  const processor = tellsProcessor ? score.processor : undefined;
  return `${renderAmount(program, score.median, processor)} ±${spread}%${ratio}`;
}

/** An amount with the unit that suits its size; behind a stroke the processor's time, if it is one of time. */
export function renderAmount({ quantity }: Program, amount: number, processor?: number): string {
  const isTime = quantity === "time" || quantity === "collecting";
  const names = isTime ? ["ns", "µs", "ms", "s"] : ["B", "kB", "MB"];
  let [value, i] = [amount, 0];
  for (; value >= 10_000 && i < names.length - 1; i++) value /= 1000;
  const behind = isTime && processor !== undefined ? `/${significant(processor / 1000 ** i)}` : "";
  return `${significant(value)}${behind} ${names[i]}`;
}

export function renderRatio(ratio: number): string {
  return `${significant(ratio)}×`;
}

function significant(value: number): string {
  return value >= 100 ? value.toFixed(0) : String(Number(value.toPrecision(2)));
}

export function scoreOf(scores: readonly Score[], peer: string): Score | undefined {
  return scores.find((score) => score.peer === peer);
}
