// The charts of a release's results.
import type { TopLevelSpec } from "vega-lite";
import { drawLoad } from "./load/draw.js";
import { peerNames } from "./peers.js";
import { type Program, programNamed } from "./programs.js";
import type { Report } from "./report.js";
import { partOf, type Results } from "./results.js";
import { renderChart } from "./svg.js";

/** Many programs in one picture: how many times as much as ours each peer takes. */
interface Comparison {
  readonly title: string;
  readonly takes: (program: Program) => boolean;
  /** Where its numbers are, if not among the peers'. */
  readonly part?: "tls" | "simulate" | "growth";
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

type Frame = ReturnType<typeof frame>;
type Row = Readonly<Record<string, string | number>>;

const pictures: Readonly<Record<string, Comparison | Amounts | Growth>> = {
  runtime: {
    title: "Coroutines and channels: time, as a multiple of ours",
    takes: ({ suite, quantity }) => suite === "runtime" && quantity === "time",
  },
  sockets: {
    title: "Local sockets: time, as a multiple of ours",
    takes: ({ suite }) => suite === "sockets",
  },
  tls: {
    title: "TLS: time and memory, as a multiple of ours",
    takes: ({ suite }) => suite === "tls",
    part: "tls",
  },
  simulate: {
    title: "Virtual time: a test with timeouts, as a multiple of ours",
    takes: ({ name }) => name.startsWith("virtual"),
    part: "simulate",
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
    part: "growth",
    isGrowth: true,
  },
};

/** What looks like ours in a picture is left out. */
const shown = peerNames.filter((name) => name !== "ours alone");
const byPeer = { field: "peer", type: "nominal", sort: [...shown], title: null } as const;

/** The text of each SVG file, by its name. */
export async function drawCharts(results: Results): Promise<ReadonlyMap<string, string>> {
  const specs = new Map<string, TopLevelSpec>();
  for (const [name, chart] of Object.entries(pictures)) {
    const report = partOf(results, chart.part ?? "peers");
    specs.set(name, draw(chart, frame(chart, report)));
  }
  for (const part of ["load", "wsLoad"] as const) {
    specs.set(part, drawLoad(partOf(results, part).outcomes));
  }
  const drawn = new Map<string, string>();
  for (const [name, spec] of specs) drawn.set(`${name}.svg`, await renderChart(spec));
  return drawn;
}

function draw(chart: Comparison | Amounts | Growth, around: Frame): TopLevelSpec {
  if ("axis" in chart) return drawAmounts(chart, around);
  return "isGrowth" in chart ? drawGrowth(around) : drawRatios(around);
}

function rowsOf(chart: Comparison | Amounts, { outcomes }: Report): Row[] {
  return outcomes.flatMap(({ program: name, n, scores }) => {
    const program = programNamed(name);
    if (!chart.takes(program)) return [];
    const scale = "scale" in chart ? chart.scale : 1;
    const some = scores.filter(({ peer }) => shown.includes(peer));
    return some.map(({ peer, ratio, median }) => ({
      program: program.title,
      peer,
      n,
      ratio,
      amount: median / scale,
    }));
  });
}

function drawRatios(around: Frame): TopLevelSpec {
  return {
    ...around,
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

function drawAmounts({ axis }: Amounts, around: Frame): TopLevelSpec {
  const y = { ...byPeer, axis: { labelPadding: 6 } };
  const x = { field: "amount", type: "quantitative", title: axis } as const;
  return {
    ...around,
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

function drawGrowth(around: Frame): TopLevelSpec {
  const logarithmic = { type: "log" } as const;
  return {
    ...around,
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

function frame(chart: Comparison | Amounts, report: Report) {
  const { node, processor, size } = report;
  return {
    background: "white",
    title: { text: chart.title, subtitle: `Node ${node}, ${processor}, ${size} run, medians` },
    data: { values: rowsOf(chart, report) },
  };
}
