// Shows that a soak finds faults: breaks a copy of dist in one place at a time, and expects the soak to fail. Build first.
//
// node scripts/mutants.mjs [--programs 20000] [--seed 1] [--only TEXT]: the comparison with the model, and
// test/model/mutations.json
//
// node scripts/mutants.mjs --network [--seconds 10] [--seed 1] [--only TEXT]: the programs on the simulated network, and
// test/soak/network/mutations.json
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";

const { values } = parseArgs({
  options: {
    network: { type: "boolean", default: false },
    seconds: { type: "string", default: "10" },
    programs: { type: "string", default: "20000" },
    seed: { type: "string", default: "1" },
    only: { type: "string", default: "" },
  },
});

/** A mutant that hangs is found, too: far longer than the soak takes. */
const timeout = 120_000;

const root = resolve(import.meta.dirname, "..");
const list = values.network ? "test/soak/network/mutations.json" : "test/model/mutations.json";
const mutations = JSON.parse(readFileSync(join(root, list), "utf8"));
const copy = mkdtempSync(join(tmpdir(), "dill-mutants-"));
let survivors = 0;
try {
  for (const path of ["package.json", "dist", "build/test"]) {
    cpSync(join(root, path), join(copy, path), { recursive: true });
  }
  symlinkSync(join(root, "node_modules"), join(copy, "node_modules"));
  if (soak().how !== "passes") throw new Error("the soak fails without any mutation");
  for (const mutation of mutations) {
    if (!mutation.name.includes(values.only)) continue;
    const { how, where } = withMutation(mutation, soak);
    if (how === "passes") survivors += 1;
    console.log(`${how === "passes" ? "SURVIVES" : how.padEnd(8)} ${mutation.name}${where}`);
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

/** How the soak ends: "passes", "fails" or "hangs"; and after how many programs, if it says so. */
function soak() {
  const script = join(copy, "build/test/soak/soak.js");
  const options = values.network
    ? ["--network", "--seconds", values.seconds]
    : ["--programs", values.programs];
  const { status, error, stderr } = spawnSync(
    process.execPath,
    ["--conditions=unbundled", script, ...options, "--seed", values.seed],
    { cwd: copy, timeout, killSignal: "SIGKILL", encoding: "utf8" },
  );
  const [, count] = /found in program (\d+)/.exec(stderr) ?? [];
  const where = count === undefined ? "" : `, in program ${count}`;
  if (error?.code === "ETIMEDOUT") return { how: "hangs", where };
  return { how: status === 0 ? "passes" : "fails", where };
}
