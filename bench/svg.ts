import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import * as vega from "vega";
import { compile, type TopLevelSpec } from "vega-lite";

/** A chart as the text of an SVG file. */
export async function renderChart(spec: TopLevelSpec): Promise<string> {
  const view = new vega.View(vega.parse(compile(spec).spec), { renderer: "none" });
  return `${await view.toSVG()}\n`;
}

/** Draws a chart into a file, and says so. */
export async function writeChart(spec: TopLevelSpec, file: string): Promise<void> {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, await renderChart(spec));
  console.log(file);
}
