// The process behind a contender: node worker.js <peer> <program> <quantity>, and then n on each line of stdin.
import { createInterface } from "node:readline";
import { measure, type Quantity } from "./contestant.js";
import { contestantsOf } from "./peers.js";
import { programNamed } from "./programs.js";

const [peer = "", name = "", quantity] = process.argv.slice(2);
const program = programNamed(name);
const contestant = (await contestantsOf(peer, program.suite))[program.name];
if (contestant === undefined) throw new Error(`${peer} has no ${name}`);

for await (const line of createInterface({ input: process.stdin })) {
  const { amount, result } = await measure(contestant, Number(line), quantity as Quantity);
  console.log(`${amount} ${result}`);
}
process.exit(); // what a peer has left running ends here
