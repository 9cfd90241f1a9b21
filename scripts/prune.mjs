// Removes what an earlier build made of sources that are gone: tsc leaves it there, mocha would run it, and
// npm would pack it.
import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "..");
const outputs = {
  src: "dist",
  test: "build/test",
  examples: "build/examples",
  bench: "build/bench",
};

for (const [source, output] of Object.entries(outputs)) {
  const folder = join(root, output);
  if (!existsSync(folder)) continue;
  for (const file of readdirSync(folder, { recursive: true })) {
    const [, stem] = /^(.*?)(?:\.d\.ts|\.js)(?:\.map)?$/.exec(file) ?? [];
    if (stem === undefined || file.startsWith("bundle/")) continue; // bundle.mjs clears its own
    if (!existsSync(join(root, source, `${stem}.ts`))) rmSync(join(folder, file));
  }
}
