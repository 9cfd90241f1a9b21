// Runs single test files: node scripts/testOne.mjs test/runtime/join.test.ts [more files, options of mocha]
// Not with .mocharc.json: mocha adds the files that it names there to those on the command line.
import { spawnSync } from "node:child_process";
import { join, relative, resolve } from "node:path";

const root = join(import.meta.dirname, "..");
const args = process.argv.slice(2);
if (args.length === 0) {
  console.error("which test? npm run test:one -- test/runtime/join.test.ts");
  process.exit(2);
}
const mocha = join(root, "node_modules/mocha/bin/mocha.js");
const words = args.map((arg) => (arg.endsWith(".ts") ? compiled(arg) : arg));
const { status } = spawnSync(
  process.execPath,
  [mocha, "--config", ".mocharc.base.json", ...words],
  {
    cwd: root,
    stdio: "inherit",
  },
);
process.exitCode = status ?? 1;

/** Where tsc puts what it makes of a source file. */
function compiled(source) {
  return join("build", relative(root, resolve(source)).replace(/\.ts$/, ".js"));
}
