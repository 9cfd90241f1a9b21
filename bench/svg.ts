import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import * as vega from "vega";
import { compile, type TopLevelSpec } from "vega-lite";

/** Draws a chart into a file, and says so. */
export async function writeChart(spec: TopLevelSpec, file: string): Promise<void> {
  const view = new vega.View(vega.parse(compile(spec).spec), { renderer: "none" });
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${await view.toSVG()}\n`);
  console.log(file);
}
