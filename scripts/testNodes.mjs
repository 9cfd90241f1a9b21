// Runs the tests under the other supported versions of Node, which npm brings: node scripts/testNodes.mjs [version…]
import { spawnSync } from "node:child_process";

const wanted = process.argv.slice(2);
const versions = wanted.length > 0 ? wanted : ["20", "22", "24", "26"];
const outcomes = [];

for (const version of versions) {
  const command = "node -v && node node_modules/mocha/bin/mocha.js";
  const result = spawnSync("npx", ["--yes", "--package", `node@${version}`, "--call", command], {
    encoding: "utf8",
    maxBuffer: 2 ** 28,
    env: { ...process.env, NO_COLOR: "1" },
  });
  const lines = result.stdout.trimEnd().split("\n");
  const isGood = result.status === 0;
  if (!isGood) console.log(result.stdout, result.stderr);
  outcomes.push({ line: `${lines[0] || version}: ${lines.at(-1) || "did not start"}`, isGood });
}
for (const { line } of outcomes) console.log(line);
process.exitCode = outcomes.every(({ isGood }) => isGood) ? 0 : 1;
