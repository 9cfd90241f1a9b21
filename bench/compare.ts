// Shows the results of all releases: node build/bench/compare.js [folder of results] [--svg <file>]
import { parseArgs } from "node:util";
import type { TopLevelSpec } from "vega-lite";
import { pointsOf, readReleases, type Release, renderHistory } from "./history.js";
import { writeChart } from "./svg.js";

const { positionals, values: flags } = parseArgs({
  allowPositionals: true,
  options: { svg: { type: "string" } },
});
const [folder = "bench/results"] = positionals;
const releases = readReleases(folder);
if (releases.length === 0) {
  console.error(`${folder} has no results: npm run bench:release`);
  process.exit(1);
}
console.log(renderHistory(releases));
if (flags.svg !== undefined) await writeChart(drawHistory(releases), flags.svg);

/** One small picture for each program. */
function drawHistory(all: readonly Release[]): TopLevelSpec {
  const values = pointsOf(all).flatMap(({ program, yardstick, ratios }) =>
    [...ratios].map(([release, ratio]) => ({
      program: `${program.name}, by ${yardstick}`,
      release,
      ratio,
    })),
  );
  return {
    background: "white",
    title: "Ours from release to release, as a multiple of a yardstick; lower is better",
    data: { values },
    facet: { field: "program", type: "nominal", sort: null, title: null },
    columns: 5,
    spec: {
      width: 130,
      height: 80,
      mark: { type: "line", point: true },
      encoding: {
        x: { field: "release", type: "ordinal", sort: null, title: null },
        y: { field: "ratio", type: "quantitative", title: null },
      },
    },
    resolve: { scale: { y: "independent" } },
  };
}
