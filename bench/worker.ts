// The process behind a contender: node worker.js <peer> <program> <quantity> [kind count], and then n on
// each line of stdin. Beside a program of ours there may be things that do nothing, so many of a kind.
// Ours has used every kind of operation by then, as any real program has; "ours alone" has not.
import { createInterface } from "node:readline";
import { measure, type Quantity } from "./contestant.js";
import type { Company } from "./peers/ours/company.js";
import { contestantsOf, isWarmedUp } from "./peers.js";
import { programNamed } from "./programs.js";

const [peer = "", name = "", quantity, kind, count] = process.argv.slice(2);
const program = programNamed(name);
const contestant = (await contestantsOf(peer, program.suite))[program.name];
if (contestant === undefined) throw new Error(`${peer} has no ${name}`);

// What starts cold stays cold: there, memory and the start itself are measured.
if (isWarmedUp(peer, program)) {
  const { warmUp } = await import("./peers/ours/warmUp.js");
  await warmUp();
}
if (kind !== undefined) {
  const { keepCompany } = await import("./peers/ours/company.js");
  await keepCompany(kind as Company, Number(count));
}
for await (const line of createInterface({ input: process.stdin })) {
  const { amount, processor, result } = await measure(
    contestant,
    Number(line),
    quantity as Quantity,
  );
  console.log(`${amount} ${processor} ${result}`);
}
process.exit(); // what a peer has left running ends here
