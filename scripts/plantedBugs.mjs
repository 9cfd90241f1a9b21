// The print-outs in examples/planted-bugs/README.md, one behind the heading of each bug.
//   node scripts/plantedBugs.mjs           fails where the program prints something else
//   node scripts/plantedBugs.mjs --write   writes what the program prints
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { report } from "./project.mjs";

const root = join(import.meta.dirname, "..");
const name = "examples/planted-bugs/README.md";
const page = join(root, name);
const text = readFileSync(page, "utf8");
const faults = [];

let written = text;
for (const [title, printOut] of printOuts()) {
  const block = new RegExp(`(^## ${title}$[^]*?^\`\`\`text\n)([^]*?)(^\`\`\`$)`, "m");
  const [, , found] = block.exec(text) ?? [];
  if (found === undefined) faults.push(`${name} has no "${title}" with a print-out`);
  else if (found !== printOut && !process.argv.includes("--write")) {
    faults.push(
      `${name}: run node scripts/plantedBugs.mjs --write; "${title}" prints\n${printOut}`,
    );
  }
  written = written.replace(block, (_, head, _old, end) => `${head}${printOut}${end}`);
}
if (written !== text && process.argv.includes("--write")) writeFileSync(page, written);
report(faults, `${name} shows what the program prints`);

/** What exploring each bug prints. */
function printOuts() {
  const main = join(root, "build/examples/planted-bugs/main.js");
  const { stdout, stderr, status } = spawnSync(process.execPath, ["--enable-source-maps", main], {
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(stderr);
  const here = join(root, "examples/planted-bugs/");
  const parts = stdout.replaceAll(`file://${here}`, "").replaceAll(here, "");
  return [...parts.matchAll(/^== (.*)\n.*\n\n([^]*?)\nmended: /gm)].map(([, title, printOut]) => [
    title,
    printOut,
  ]);
}
