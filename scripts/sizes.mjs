// What each door weighs, minified and gzipped, with all that it loads of ours, and a program that uses coroutines and channels
// alone: the table in README.md.
//   node scripts/sizes.mjs           fails where a number there is off by more than a twentieth
//   node scripts/sizes.mjs --write   writes the numbers
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { doors } from "./doors.mjs";

const root = join(import.meta.dirname, "..");
const page = join(root, "README.md");
const isWriting = process.argv.includes("--write");
const text = readFileSync(page, "utf8");
const faults = [];

const weighed = doors.map((door) => ({
  name: door === "index" ? "libdill-ts" : `libdill-ts/${door}`,
  program: `export * from "./dist/${door}.js";`,
}));
const channels = "run, go, hclose, chmake, chsend, chrecv";
weighed.push({ name: channels, program: `export { ${channels} } from "./dist/index.js";` });

let written = text;
for (const { name, program } of weighed) {
  const row = new RegExp(`^(\\| \`${name}\` .*\\| )([\\d.]+) kB \\|$`, "m");
  const size = await sizeOf(program);
  const [, , found] = row.exec(text) ?? [];
  if (found === undefined) faults.push(`README.md has no row for \`${name}\``);
  else if (!isWriting && Math.abs(Number(found) - size) > size / 20) {
    faults.push(`README.md: ${name} weighs ${size.toFixed(1)} kB, not ${found}: npm run sizes`);
  }
  written = written.replace(row, `$1${size.toFixed(1)} kB |`);
}
if (isWriting) writeFileSync(page, written);
for (const fault of faults) console.error(fault);
if (faults.length > 0) process.exitCode = 1;
else console.log("the doors weigh what README.md says");

async function sizeOf(contents) {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: root },
    bundle: true,
    write: false,
    minify: true,
    platform: "node",
    format: "esm",
    external: ["effection"],
  });
  return gzipSync(outputFiles[0].contents).length / 1000;
}
