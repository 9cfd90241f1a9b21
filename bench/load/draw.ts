// A picture of the latencies under each load: from the middle one to the longest of a thousand.
import { median } from "simple-statistics";
import type { TopLevelSpec } from "vega-lite";
import type { Run } from "./client.js";
import type { LoadOutcome } from "./report.js";

const shares = { p50: "50 %", p99: "99 %", p999: "99.9 %" } as const;

export function drawLoad(outcomes: readonly LoadOutcome[]): TopLevelSpec {
  const values = outcomes.flatMap(({ scenario, scores }) =>
    scores.flatMap(({ server, runs }) =>
      (Object.keys(shares) as (keyof typeof shares)[]).map((share) => ({
        load: scenario.name,
        server,
        share: shares[share],
        latency: median(runs.map((run: Run) => run[share])) / 1e6,
      })),
    ),
  );
  const servers = [...new Set(values.map(({ server }) => server))];
  const loads = outcomes.map(({ scenario }) => scenario.name);
  const y = { field: "server", type: "nominal", sort: servers, title: null } as const;
  const x = {
    field: "latency",
    type: "quantitative",
    scale: { type: "log" },
    title: "milliseconds, logarithmic",
  } as const;
  return {
    background: "white",
    title: "Latency under load",
    data: { values },
    facet: { row: { field: "load", type: "nominal", sort: loads, title: null } },
    spec: {
      width: 420,
      height: { step: 16 },
      layer: [
        { mark: { type: "line", color: "#aaa" }, encoding: { x, y, detail: y } },
        {
          mark: { type: "point", filled: true, size: 60, opacity: 1 },
          encoding: {
            x,
            y,
            color: {
              field: "share",
              type: "ordinal",
              sort: Object.values(shares),
              title: "answered within",
            },
          },
        },
      ],
    },
  };
}
