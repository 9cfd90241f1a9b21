// Shows that the comparison with the model finds faults: breaks a copy of dist in one place at a time, as
// test/model/mutations.json says, and expects the soak to fail. Build first.
//
// node scripts/mutants.mjs [--programs 20000] [--seed 1] [--only TEXT]
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";

const { values } = parseArgs({
  options: {
    programs: { type: "string", default: "20000" },
    seed: { type: "string", default: "1" },
    only: { type: "string", default: "" },
  },
});

/** A mutant that hangs is found, too: far longer than the soak takes. */
const timeout = 120_000;

const root = resolve(import.meta.dirname, "..");
const mutations = JSON.parse(readFileSync(join(root, "test/model/mutations.json"), "utf8"));
const copy = mkdtempSync(join(tmpdir(), "dill-mutants-"));
let survivors = 0;
try {
  for (const path of ["package.json", "dist", "build/test"]) {
    cpSync(join(root, path), join(copy, path), { recursive: true });
  }
  symlinkSync(join(root, "node_modules"), join(copy, "node_modules"));
  if (soak() !== "passes") throw new Error("the soak fails without any mutation");
  for (const mutation of mutations) {
    if (!mutation.name.includes(values.only)) continue;
    const verdict = withMutation(mutation, soak);
    if (verdict === "passes") survivors += 1;
    console.log(`${verdict === "passes" ? "SURVIVES" : verdict.padEnd(8)} ${mutation.name}`);
  }
} finally {
  rmSync(copy, { recursive: true });
}
process.exitCode = survivors === 0 ? 0 : 1;

function withMutation({ name, file, find, replace }, job) {
  const path = join(copy, "dist", file);
  const code = readFileSync(path, "utf8");
  const places = code.split(find).length - 1;
  if (places !== 1) throw new Error(`${name}: ${places} places in ${file}, not 1`);
  writeFileSync(
    path,
    code.replace(find, () => replace),
  );
  try {
    return job();
  } finally {
    writeFileSync(path, code);
  }
}

/** How the soak ends: "passes", "fails" or "hangs". */
function soak() {
  const script = join(copy, "build/test/soak/soak.js");
  const options = ["--programs", values.programs, "--seed", values.seed];
  const { status, error } = spawnSync(
    process.execPath,
    ["--conditions=unbundled", script, ...options],
    { cwd: copy, timeout, killSignal: "SIGKILL" },
  );
  if (error?.code === "ETIMEDOUT") return "hangs";
  return status === 0 ? "passes" : "fails";
}
