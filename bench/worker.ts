// The process behind a contender: node worker.js <peer> <program> <quantity> [--alone], and then n on each line
// of stdin. Ours has used every kind of operation by then, as any real program has, unless it is to be alone.
import { createInterface } from "node:readline";
import { measure, type Quantity } from "./contestant.js";
import { contestantsOf } from "./peers.js";
import { programNamed } from "./programs.js";

const [peer = "", name = "", quantity, mode] = process.argv.slice(2);
const program = programNamed(name);
const contestant = (await contestantsOf(peer, program.suite))[program.name];
if (contestant === undefined) throw new Error(`${peer} has no ${name}`);

// What starts cold stays cold: there, memory and the start itself are measured.
if (peer === "ours" && !program.isCold && mode !== "--alone") {
  const { warmUp } = await import("./peers/ours/warmUp.js");
  await warmUp();
}
for await (const line of createInterface({ input: process.stdin })) {
  const { amount, result } = await measure(contestant, Number(line), quantity as Quantity);
  console.log(`${amount} ${result}`);
}
process.exit(); // what a peer has left running ends here
