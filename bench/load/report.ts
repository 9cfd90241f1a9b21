// The runs of each server under each load: a table, and the same as JSON.
import { median } from "simple-statistics";
import { type Report, renderRows } from "../report.js";
import type { Run, Span } from "./client.js";
import type { Scenario } from "./scenarios.js";

interface LoadScore {
  readonly server: string;
  readonly runs: readonly Run[];
}

export interface LoadOutcome {
  readonly scenario: Scenario;
  readonly scores: readonly LoadScore[];
}

export interface LoadReport extends Omit<Report, "peers" | "outcomes">, Span {
  readonly outcomes: readonly LoadOutcome[];
}

const heads = [
  "requests/s",
  "p50",
  "p99",
  "p99.9",
  "CPU/request",
  "memory",
  "garbage",
  "major",
  "late",
];

/** A row for each server; the ratios are to the first one. */
export function renderLoad(outcomes: readonly LoadOutcome[]): string {
  const rows = outcomes.flatMap(({ scenario, scores }) =>
    scores.map(({ server, runs }) => {
      const first = scores[0]!.runs;
      const ratio = (read: (run: Run) => number): string =>
        `${(middle(runs, read) / middle(first, read)).toFixed(2)}×`;
      return [
        scenario.name,
        server,
        `${middle(runs, rate).toFixed(0)} ${ratio(rate)}`,
        microseconds(middle(runs, ({ p50 }) => p50)),
        microseconds(middle(runs, ({ p99 }) => p99)),
        microseconds(middle(runs, ({ p999 }) => p999)),
        `${microseconds(middle(runs, cost))} ${ratio(cost)}`,
        `${(middle(runs, ({ memory }) => memory) / 1e6).toFixed(0)} MB`,
        ...garbageOf(runs),
        scenario.isBurst ? String(middle(runs, ({ late }) => late)) : "",
      ];
    }),
  );
  return renderRows([["load", "server", ...heads], ...rows], 2);
}

/** What a server took of the processor for a request, in nanoseconds. */
export function loadCost({ scores }: LoadOutcome, server: string): number | undefined {
  const score = scores.find((each) => each.server === server);
  return score && middle(score.runs, cost);
}

/** Requests per second. */
function rate({ requests, from, to }: Run): number {
  return (requests / (to - from)) * 1000;
}

/** The server's processor time for a request. */
function cost({ processor, requests }: Run): number {
  return processor / requests;
}

/** The share of the time, and the number of mark-compacts. */
function garbageOf(runs: readonly Run[]): [string, string] {
  if (runs.some(({ garbage }) => garbage === undefined)) return ["", ""];
  const share = middle(runs, ({ garbage, from, to }) => garbage!.collecting / 1e4 / (to - from));
  return [`${share.toFixed(1)} %`, String(middle(runs, ({ garbage }) => garbage!.markCompacts))];
}

function middle(runs: readonly Run[], read: (run: Run) => number): number {
  return median(runs.map(read));
}

function microseconds(nanoseconds: number): string {
  const value = nanoseconds / 1000;
  return value >= 10_000 ? `${(value / 1000).toFixed(0)} ms` : `${Number(value.toPrecision(3))} µs`;
}
