// Ours on each version of Node that was measured, as a multiple of what ran beside it there.
import { oursBy } from "./history.js";
import { loadCost } from "./load/report.js";
import { renderRatio, renderRows } from "./report.js";
import type { Results, Runs } from "./results.js";

type Row = readonly [name: string, yardstick: string];

const programs: readonly Row[] = [
  ["ctxswitch", "floor"],
  ["go", "floor"],
  ["chan", "floor"],
  ["choose", "floor"],
  ["deadline", "floor"],
  ["whispers", "floor"],
  ["cancel", "floor"],
  ["blocked", "floor"],
  ["chan", "go"],
  ["roundtrip", "node"],
  ["throughput", "node"],
  ["connect", "node"],
  ["tcpRoundtrip", "node"],
  ["prefix", "node"],
  ["prefix20k", "node"],
  ["messages", "brecv"],
  ["lines", "brecv"],
  ["heads", "node"],
  ["http", "node"],
];

const loads: readonly Row[] = [
  ["echo100", "callbacks"],
  ["echo100", "floor"],
  ["reply100", "callbacks"],
  ["tcpEcho100", "callbacks"],
  ["tcpEcho100", "floor"],
  ["wsEcho1000", "ws"],
];

/** A row for each ratio that any version has, a column for each version. */
export function renderNodes(runs: Runs): string {
  const columns = Object.values(runs).flatMap((run) => {
    const part = run.peers ?? run.load;
    return part === undefined ? [] : [{ ...run, node: part.node.slice(1), size: part.size }];
  });
  const rows = [
    ...programs.map(([name, yardstick]) => [
      name,
      yardstick,
      ...columns.map((run) => show(programRatio(run, name, yardstick))),
    ]),
    ...loads.map(([name, yardstick]) => [
      `${name}, CPU/request`,
      yardstick,
      ...columns.map((run) => show(loadRatio(run, name, yardstick))),
    ]),
  ].filter(([, , ...cells]) => cells.some(Boolean));
  const heads = ["program", "ours by", ...columns.map(({ node }) => `Node ${node}`)];
  const last = ["length of the run", "", ...columns.map(({ size }) => size)];
  return renderRows([heads, ...rows, last], 2);
}

function programRatio({ peers }: Results, name: string, yardstick: string): number | undefined {
  const outcome = peers?.outcomes.find(({ program }) => program === name);
  return outcome && oursBy(yardstick, outcome);
}

function loadRatio({ load }: Results, name: string, yardstick: string): number | undefined {
  const outcome = load?.outcomes.find(({ scenario }) => scenario.name === name);
  const [ours, other] = ["ours", yardstick].map((server) => outcome && loadCost(outcome, server));
  return ours === undefined || other === undefined ? undefined : ours / other;
}

function show(ratio: number | undefined): string {
  return ratio === undefined ? "" : renderRatio(ratio);
}
