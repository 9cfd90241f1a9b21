// Measures all that a release tells of, one part after the other: node build/bench/release.js --help
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Option, program as command } from "commander";
import { makeReport } from "./report.js";
import { mergeParts, type PartName, prepare, releaseFile } from "./results.js";
import { type SizeFlags, sizeOf, sizeOptions } from "./size.js";

/** The program that measures a part, and what it is told. */
const measurements: Readonly<Record<PartName, readonly [string, ...string[]]>> = {
  peers: ["main.js", "--only", "runtime", "cold", "sockets"],
  tls: ["main.js", "--only", "tls"],
  simulate: ["main.js", "--only", "simulate"],
  growth: ["growth.js", "--only", "growth", "weights"],
  company: ["growth.js", "--only", "company"],
  flags: ["growth.js", "--only", "flags"],
  load: ["load/main.js", "--only", "echo", "reply", "tcpEcho", "slow", "burst"],
  wsLoad: ["load/main.js", "--only", "wsEcho"],
};
const partNames = Object.keys(measurements) as PartName[];

const [mediumOption, quickOption] = sizeOptions({
  quick: "a rough look, in about five minutes",
  medium: "half the rounds, in about fifteen minutes",
});
const { part, file, ...sizeFlags } = command
  .name("npm run bench:release --")
  .description(
    "Measures all parts on this version of Node, and puts each into the result file of the release as soon as it is " +
      "there. Nothing else should run meanwhile. What the file has of other versions of Node stays there, and with " +
      "--part its other parts of this one.",
  )
  .addOption(
    new Option("--part <name...>", "only these").choices(partNames).default(partNames, "all"),
  )
  .addOption(quickOption)
  .addOption(mediumOption)
  .option("--file <file>", "the result file", releaseFile)
  .parse()
  .opts<{ part: readonly PartName[]; file: string } & SizeFlags>();

const scratch = mkdtempSync(join(tmpdir(), "dill-release-"));
process.once("exit", () => rmSync(scratch, { recursive: true, force: true }));

const size = sizeOf(sizeFlags);
prepare(file, makeReport(size, [], []), part.length === partNames.length);
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
  const args = [program, ...words, ...(size === "full" ? [] : [`--${size}`]), "--json", json];
  if (spawnSync(process.execPath, args, { stdio: "inherit" }).status !== 0) return false;
  mergeParts(file, { [name]: JSON.parse(readFileSync(json, "utf8")) });
  return true;
}
