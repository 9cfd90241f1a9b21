// Runs runtimeProgram.mjs in Node, Bun and Deno, which npm brings: node scripts/testRuntimes.mjs
// Prints the table of docs/runtimes.md.
import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { markdownTable } from "markdown-table";
import { root } from "./project.mjs";

const folder = join(root, "build/runtimes");
const program = join(root, "scripts/runtimeProgram.mjs");
const packages = { bun: "bun@1.4.5", deno: "deno@2.9.6" };

mkdirSync(folder, { recursive: true });
const options = ["--prefix", folder, "--no-save", "--no-audit", "--no-fund"];
spawnSync("npm", ["install", ...options, ...Object.values(packages)], { stdio: "ignore" });

const runtimes = {
  node: [process.execPath, program],
  bun: [join(folder, "node_modules/.bin/bun"), program],
  deno: [join(folder, "node_modules/.bin/deno"), "run", "--allow-all", program],
};
const answers = {};
const versions = {};
for (const [name, [file, ...args]] of Object.entries(runtimes)) {
  const version = spawnSync(file, ["--version"], { encoding: "utf8" }).stdout ?? "";
  versions[name] = `${name} ${/\d+\.\d+\.\d+/.exec(version)?.[0] ?? "is missing"}`;
  const { stdout } = spawnSync(file, args, { cwd: root, encoding: "utf8", timeout: 60_000 });
  for (const [, answer, promise] of (stdout ?? "").matchAll(
    /^(yes|no): ([^(\n]*?)(?: \(.*\))?$/gm,
  )) {
    answers[promise] ??= {};
    answers[promise][name] = answer;
  }
  for (const line of (stdout ?? "").split("\n"))
    if (line.startsWith("no:")) console.log(name, line);
}
const names = Object.keys(runtimes);
const rows = Object.entries(answers).map(([promise, by]) => [
  promise,
  ...names.map((name) => by[name] ?? "did not run"),
]);
console.log(markdownTable([["", ...names.map((name) => versions[name])], ...rows]));
