// Writes the tables of README.md and docs/performance.md, and the charts: node build/bench/writePapers.js [result file]
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { drawCharts } from "./charts.js";
import { papers, renew } from "./papers.js";
import { mainOf, readRuns } from "./results.js";

const [file] = parseArgs({ allowPositionals: true }).positionals;
const runs = readRuns(file);
for (const paper of papers) {
  writeFileSync(paper, renew(readFileSync(paper, "utf8"), runs));
  console.log(paper);
}
for (const [name, text] of await drawCharts(mainOf(runs))) {
  const chart = join("docs/charts", name);
  writeFileSync(chart, text);
  console.log(chart);
}
