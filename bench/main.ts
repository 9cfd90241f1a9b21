// Runs the benchmarks: node build/bench/main.js [--quick] [--only name]… [--peers a,b] [--json file]
// --only takes the beginning of a program's name or of a suite's, and may be repeated. The first of the
// peers, ours if it takes part, is the one that the ratios refer to.
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { findPeers, peerNames } from "./peers.js";
import { programNamed, programs } from "./programs.js";
import { type Outcome, race } from "./race.js";
import { makeReport, renderTable } from "./report.js";

const { values } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    only: { type: "string", multiple: true, default: [] },
    peers: { type: "string", default: peerNames.join(",") },
    json: { type: "string" },
  },
});
const names = values.peers.split(",");
const size = values.quick ? "quick" : "full";
const wanted = programs.filter(
  ({ name, suite }) =>
    values.only.length === 0 ||
    values.only.some((start) => name.startsWith(start) || suite.startsWith(start)),
);
const unknown = names.filter((name) => !peerNames.includes(name));
if (unknown.length > 0) {
  throw new Error(`there is no peer ${unknown.join(", ")}, but ${peerNames.join(", ")}`);
}
if (wanted.length === 0) throw new Error(`there is no program ${values.only.join(", ")}`);

const peers = await findPeers(names, console.log);
const outcomes: Outcome[] = [];
for (const program of wanted) {
  const taking = peers.filter((peer) => peer.programs.has(program.name));
  if (taking.length === 0) continue;
  console.log(`${program.name}: ${program.title} (${taking.map(({ name }) => name).join(", ")})`);
  outcomes.push(await race(program, peers, size));
  // After each program: a run that is broken off leaves what it has.
  if (values.json !== undefined) {
    writeFileSync(values.json, `${JSON.stringify(makeReport(size, outcomes), null, 2)}\n`);
  }
}
for (const suite of ["runtime", "cold", "sockets"]) {
  const some = outcomes.filter(({ program }) => programNamed(program).suite === suite);
  if (some.length > 0) console.log(renderTable(some, peerNames));
}
