// Measures all that a release tells of, one part after the other: node build/bench/release.js --help
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Option, program as command } from "commander";
import { mergeParts, type PartName, releaseFile } from "./results.js";

/** The program that measures a part, and what it is told. */
const measurements: Readonly<Record<PartName, readonly [string, ...string[]]>> = {
  peers: ["main.js"],
  growth: ["growth.js", "--only", "growth", "weights"],
  company: ["growth.js", "--only", "company"],
  flags: ["growth.js", "--only", "flags"],
  load: ["load/main.js"],
};
const partNames = Object.keys(measurements) as PartName[];

const { part, quick, file } = command
  .name("npm run bench:release --")
  .description(
    "Measures all parts, and puts each into a new result file of the release as soon as it is there. Nothing else " +
      "should run meanwhile. With --part the file keeps its other parts.",
  )
  .addOption(
    new Option("--part <name...>", "only these").choices(partNames).default(partNames, "all"),
  )
  .option("--quick", "a rough look, in about five minutes", false)
  .option("--file <file>", "the result file", releaseFile)
  .parse()
  .opts<{ part: readonly PartName[]; quick: boolean; file: string }>();

const scratch = mkdtempSync(join(tmpdir(), "dill-release-"));
process.once("exit", () => rmSync(scratch, { recursive: true, force: true }));

if (part.length === partNames.length) rmSync(file, { force: true });
const failed = part.filter((name) => !measure(name));
if (failed.length > 0) {
  console.error(`failed; once more: npm run bench:release -- --part ${failed.join(" ")}`);
  process.exitCode = 1;
}

function measure(name: PartName): boolean {
  console.log(`\n${name}:`);
  const [script, ...words] = measurements[name];
  const program = fileURLToPath(new URL(script, import.meta.url));
  const json = join(scratch, `${name}.json`);
  const args = [program, ...words, ...(quick ? ["--quick"] : []), "--json", json];
  if (spawnSync(process.execPath, args, { stdio: "inherit" }).status !== 0) return false;
  mergeParts(file, { [name]: JSON.parse(readFileSync(json, "utf8")) });
  return true;
}
