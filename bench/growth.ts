// How cost grows, what things weigh, and what V8's flags do: node build/bench/growth.js --help
import { writeFileSync } from "node:fs";
import { Option, program as command } from "commander";
import { companies } from "./peers/ours/company.js";
import { findPeers, type Peer, withCompany, withFlags } from "./peers.js";
import { type GrowingProgram, growingPrograms, programNamed, programs } from "./programs.js";
import { type Outcome, race } from "./race.js";
import { makeReport } from "./report.js";
import { type SizeFlags, sizeOf, sizeOptions } from "./size.js";
import {
  groupDigits,
  renderCollecting,
  renderGrowth,
  renderVariants,
  renderWeights,
} from "./growthTables.js";

const partNames = ["growth", "company", "weights", "flags"] as const;

type PartName = (typeof partNames)[number];

const [mediumOption, quickOption] = sizeOptions({
  quick: "with a hundredth of the things, less exactly",
  medium: "with a tenth of the things",
});
const { json, only, ...sizeFlags } = command
  .name("npm run bench:growth --")
  .description("Measures how the cost of ours grows, what things weigh, and what V8's flags do.")
  .addOption(quickOption)
  .addOption(mediumOption)
  .option("--json <file>", "write the rounds there, too")
  .addOption(
    new Option("--only <part...>", "only these")
      .choices(partNames)
      .default(partNames, "all of them"),
  )
  .parse()
  .opts<{ json?: string; only: readonly PartName[] } & SizeFlags>();

/** What a program of a user's may be made of. */
const usual = ["ctxswitch", "chan", "go", "whispers", "sieve", "roundtrip", "throughput"];
const flagSets = [[], ...[1, 32, 64, 128].map((size) => [`--max-semi-space-size=${size}`])];

const size = sizeOf(sizeFlags);

/** How many there are of what there are most. */
const most = { full: 1_000_000, medium: 100_000, quick: 10_000 }[size];

interface Part {
  readonly measure: (peer: Peer) => Promise<Outcome[]>;
  readonly render: (outcomes: readonly Outcome[]) => string;
}

const parts: Readonly<Record<PartName, Part>> = {
  growth: { measure: (peer) => grow(peer, "time"), render: renderGrowth },
  company: { measure: keepCompany, render: renderVariants },
  weights: { measure: (peer) => grow(peer, "heap"), render: renderWeights },
  flags: {
    measure: tryFlags,
    render: (some) => `${renderVariants(some)}\n\n${renderCollecting(some)}`,
  },
};

const [ours] = await findPeers(["ours"], console.log);
if (ours === undefined) throw new Error("the package has not been built");
const outcomes: Outcome[] = [];
for (const part of only) {
  const { measure, render } = parts[part];
  const some = await measure(ours);
  outcomes.push(...some);
  console.log(`${render(some)}\n`);
}
if (json !== undefined) {
  writeFileSync(json, `${JSON.stringify(makeReport(size, [ours], outcomes), null, 2)}\n`);
}

/** Each program with each size. */
async function grow(peer: Peer, quantity: "time" | "heap"): Promise<Outcome[]> {
  const found: Outcome[] = [];
  for (const program of growingPrograms.filter((each) => each.quantity === quantity)) {
    for (const n of sizesOf(program)) {
      const sized = { ...program, n: { full: n, quick: n, smoke: n } };
      found.push(await race(sized, [peer], "quick"));
    }
  }
  return found;
}

/** A quick look leaves out the largest, but for the only one. */
function sizesOf({ sizes }: GrowingProgram): readonly number[] {
  return sizes.length === 1 ? sizes : sizes.filter((n) => n <= most);
}

/** The ratio says how many times as long as in a process that has nothing else. */
async function keepCompany(peer: Peer): Promise<Outcome[]> {
  const beside = companies.map((kind) => ({
    ...withCompany(peer, kind, most),
    name: `${groupDigits(most)} ${kind}`,
  }));
  const variants = [{ ...peer, name: "nothing" }, ...beside];
  const found: Outcome[] = [];
  for (const program of programs) {
    if (program.suite !== "runtime" || program.quantity !== "time") continue;
    found.push(await race(program, variants, "quick"));
  }
  return found;
}

/** The ratio says how many times as long as without flags. */
async function tryFlags(peer: Peer): Promise<Outcome[]> {
  const variants = flagSets.map((some) => withFlags(peer, some));
  const found: Outcome[] = [];
  for (const quantity of ["time", "collecting"] as const) {
    for (const name of usual) {
      found.push(await race({ ...programNamed(name), quantity }, variants, size));
    }
  }
  return found;
}
