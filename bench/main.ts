// Runs the benchmarks: node build/bench/main.js --help
import { writeFileSync } from "node:fs";
import { Option, program as command } from "commander";
import { findPeers, peerNames } from "./peers.js";
import { programNamed, programs } from "./programs.js";
import { type Outcome, race } from "./race.js";
import { makeReport, renderTable } from "./report.js";

interface Options {
  readonly quick: boolean;
  readonly only: readonly string[];
  readonly peers: readonly string[];
  readonly json?: string;
}

const beginnings = [...new Set(programs.flatMap(({ name, suite }) => [suite, name]))];
const {
  quick,
  only,
  peers: names,
  json,
} = command
  .name("npm run bench --")
  .description(
    "Measures ours and its peers in the same programs, in turns. What is printed: the median, half the " +
      "distance between the quartiles, and the ratio to ours (to the first peer, where ours is left out). " +
      "Behind the stroke stands the processor's time, that of the measured process.",
  )
  .option("--quick", "in under two minutes, less exactly", false)
  .option(
    "--only <beginning...>",
    `only programs or suites that begin so: ${beginnings.join(", ")}`,
    [],
  )
  .addOption(
    new Option("--peers <name...>", "only these")
      .choices(peerNames)
      .default(peerNames, "all of them"),
  )
  .option("--json <file>", "write the rounds there, too: for npm run bench:charts -- <file>")
  .parse()
  .opts<Options>();

const size = quick ? "quick" : "full";
const wanted = programs.filter(
  ({ name, suite }) =>
    only.length === 0 || only.some((start) => name.startsWith(start) || suite.startsWith(start)),
);
if (wanted.length === 0) command.error(`error: no program begins with ${only.join(" or ")}`);

const peers = await findPeers(names, console.log);
const outcomes: Outcome[] = [];
for (const program of wanted) {
  const taking = peers.filter((peer) => peer.programs.has(program.name));
  if (taking.length === 0) continue;
  console.log(`${program.name}: ${program.title} (${taking.map(({ name }) => name).join(", ")})`);
  outcomes.push(await race(program, peers, size));
  // After each program: a run that is broken off leaves what it has.
  if (json !== undefined) {
    writeFileSync(json, `${JSON.stringify(makeReport(size, peers, outcomes), null, 2)}\n`);
  }
}
for (const suite of ["runtime", "cold", "sockets"]) {
  const some = outcomes.filter(({ program }) => programNamed(program).suite === suite);
  if (some.length > 0) console.log(renderTable(some, peerNames));
}
