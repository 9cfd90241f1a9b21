// Draws the charts of a result: node build/bench/charts.js <file written by --json> [folder]
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { TopLevelSpec } from "vega-lite";
import { peerNames } from "./peers.js";
import { type Program, programNamed } from "./programs.js";
import type { Report } from "./report.js";
import { writeChart } from "./svg.js";

/** Many programs in one picture: how many times as much as ours each peer takes. */
interface Comparison {
  readonly title: string;
  readonly takes: (program: Program) => boolean;
}

/** One program, or a few that are alike: bars of the amounts. */
interface Amounts extends Comparison {
  readonly axis: string;
  /** What one unit of the axis is, in nanoseconds or bytes. */
  readonly scale: number;
}

/** How a program's cost grows with the number of things. */
interface Growth extends Comparison {
  readonly isGrowth: true;
}

type Row = Readonly<Record<string, string | number>>;

const charts: Readonly<Record<string, Comparison | Amounts | Growth>> = {
  runtime: {
    title: "Coroutines and channels: time, as a multiple of ours",
    takes: ({ suite, quantity }) => suite === "runtime" && quantity === "time",
  },
  sockets: {
    title: "Local sockets: time, as a multiple of ours",
    takes: ({ suite }) => suite === "sockets",
  },
  memory: {
    title: "Memory of a blocked coroutine",
    axis: "bytes",
    takes: ({ suite, quantity }) => suite === "runtime" && quantity === "heap",
    scale: 1,
  },
  startup: {
    title: "From import to the first coroutine",
    axis: "milliseconds",
    takes: ({ name }) => name === "startup",
    scale: 1e6,
  },
  size: {
    title: "The package, minified and gzipped",
    axis: "kilobytes",
    takes: ({ name }) => name === "size",
    scale: 1e3,
  },
  growth: {
    title: "How cost grows",
    takes: ({ suite, quantity }) => suite === "growth" && quantity === "time",
    isGrowth: true,
  },
};

const byPeer = { field: "peer", type: "nominal", sort: [...peerNames], title: null } as const;

const [input, folder = "docs/charts"] = parseArgs({ allowPositionals: true }).positionals;
if (input === undefined) throw new Error("which result? give a file that --json has written");
const report = JSON.parse(readFileSync(input, "utf8")) as Report;

for (const [name, chart] of Object.entries(charts)) {
  const rows = rowsOf(chart);
  if (rows.length === 0) continue;
  await writeChart(draw(chart, rows), join(folder, `${name}.svg`));
}

function draw(chart: Comparison | Amounts | Growth, rows: Row[]): TopLevelSpec {
  if ("axis" in chart) return drawAmounts(chart, rows);
  return "isGrowth" in chart ? drawGrowth(chart, rows) : drawRatios(chart, rows);
}

function rowsOf(chart: Comparison | Amounts): Row[] {
  return report.outcomes.flatMap(({ program: name, n, scores }) => {
    const program = programNamed(name);
    if (!chart.takes(program)) return [];
    const scale = "scale" in chart ? chart.scale : 1;
    return scores.map(({ peer, ratio, median }) => ({
      program: program.title,
      peer,
      n,
      ratio,
      amount: median / scale,
    }));
  });
}

function drawRatios({ title }: Comparison, rows: Row[]): TopLevelSpec {
  return {
    ...frame(title, rows),
    width: 520,
    height: { step: 24 },
    mark: { type: "point", filled: true, size: 80, opacity: 0.9 },
    encoding: {
      y: {
        field: "program",
        type: "nominal",
        sort: null,
        title: null,
        axis: { grid: true, labelLimit: 400 },
      },
      x: {
        field: "ratio",
        type: "quantitative",
        scale: { type: "log" },
        title: "times ours, logarithmic; left of 1 is faster than ours",
      },
      color: byPeer,
      shape: byPeer,
    },
  };
}

function drawAmounts({ title, axis }: Amounts, rows: Row[]): TopLevelSpec {
  const y = { ...byPeer, axis: { labelPadding: 6 } };
  const x = { field: "amount", type: "quantitative", title: axis } as const;
  return {
    ...frame(title, rows),
    facet: { field: "program", type: "nominal", sort: null, title: null },
    columns: 1,
    spec: {
      width: 420,
      height: { step: 22 },
      layer: [
        { mark: "bar", encoding: { y, x, color: { ...byPeer, legend: null } } },
        {
          mark: { type: "text", align: "left", dx: 4 },
          encoding: { y, x, text: { ...x, format: ".3~s" } },
        },
      ],
    },
  };
}

function drawGrowth({ title }: Growth, rows: Row[]): TopLevelSpec {
  const logarithmic = { type: "log" } as const;
  return {
    ...frame(title, rows),
    width: 520,
    height: 320,
    mark: { type: "line", point: true },
    encoding: {
      x: { field: "n", type: "quantitative", scale: logarithmic, title: "n" },
      y: {
        field: "amount",
        type: "quantitative",
        scale: logarithmic,
        title: "nanoseconds for one, logarithmic",
      },
      color: {
        field: "program",
        type: "nominal",
        sort: null,
        title: null,
        legend: { labelLimit: 400 },
      },
    },
  };
}

function frame(title: string, values: Row[]) {
  const { node, processor, size } = report;
  return {
    background: "white",
    title: { text: title, subtitle: `Node ${node}, ${processor}, ${size} run, medians` },
    data: { values },
  };
}
