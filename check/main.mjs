#!/usr/bin/env node
// libdill-check: finds operations that were called but never run, `msleep(…);` where `yield* msleep(…);` was meant.
// An operation does nothing until yield*, and TypeScript reports neither one that is thrown away nor one that is
// taken apart, as in `const [header] = brecvl(…)`, or taken for something else, as in `if (isDone(s))`.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { relative, resolve } from "node:path";
import { parseArgs } from "node:util";
import { findWithApi } from "./classic.mjs";
import { findWithServer } from "./native.mjs";
import { isSilenced } from "./rule.mjs";

const usage = `Usage: libdill-check [tsconfig.json …]

Finds operations and coroutines that are called and thrown away, also by a callback whose result its caller drops, or in
a variable that is never used; that are iterated instead of run (const [x] = op, [...op], for (const x of op)); and that
are taken for a promise, a condition or a text; in all files of the projects, with the TypeScript that is installed
there (5.6 or newer). To discard an operation on purpose, write "void" before it; a comment "not yielded on purpose", on the line or alone on
the one above, lets one pass. The exit status is 1 if there are any.`;

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { help: { type: "boolean", short: "h" } },
});
if (values.help) {
  console.log(usage);
  process.exit();
}

const configs = (positionals.length > 0 ? positionals : ["tsconfig.json"]).map((name) =>
  resolve(name),
);
try {
  const faults = [
    ...new Set((await find(configs)).filter((fault) => !isSilenced(fault)).map(line)),
  ];
  for (const fault of faults) console.error(fault);
  if (faults.length > 0) process.exitCode = 1;
  else console.log("no operation is thrown away");
} catch (error) {
  console.error(`libdill-check: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 2;
}

/** Where an operation is thrown away: { file, text, offset, code, type, misuse } for each. */
async function find(files) {
  const fromHere = createRequire(files[0]);
  const { version } = JSON.parse(readFileSync(typescriptPackage(fromHere), "utf8"));
  const isNative = Number.parseInt(version, 10) >= 7;
  return isNative ? findWithServer(files, fromHere) : findWithApi(files, fromHere("typescript"));
}

function typescriptPackage(fromHere) {
  try {
    return fromHere.resolve("typescript/package.json");
  } catch {
    throw new Error("there is no typescript here: npm install --save-dev typescript");
  }
}

function line({ file, text, offset, code, type, misuse }) {
  const before = text.slice(0, offset).split("\n");
  const place = `${relative(process.cwd(), file)}:${before.length}:${(before.at(-1)?.length ?? 0) + 1}`;
  const what = code.replaceAll(/\s+/g, " ").slice(0, 60);
  return `${place}: \`${what}\` makes ${type} that ${misuse.text}; ${misuse.advice}`;
}
