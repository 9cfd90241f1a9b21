// What a wait is for, as the program would write it: `chrecv(h4)`, `choose(recv(h1), deadline)`.
import { shortened, textOf } from "../errors/index.js";
import type { WaitsFor } from "./task.js";

/** How many clauses of a choose are told. */
const mostClauses = 10;
/** How much of an address is told. */
const longestAddress = 200;

export function waitText(
  { what, handle, address, clauses = [] }: WaitsFor,
  nameOf: (handle: number) => string = String,
): string {
  const name = what.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase()); // bundle_wait: bundleWait
  const given = clauses.slice(0, mostClauses).map((clause) => waitText(clause, nameOf));
  if (clauses.length > mostClauses) given.push(`… ${clauses.length - mostClauses} more`);
  if (address !== undefined) given.push(`"${shortened(textOf(address), longestAddress)}"`);
  if (handle !== undefined) given.push(nameOf(handle));
  return given.length > 0 ? `${name}(${given.join(", ")})` : name;
}
