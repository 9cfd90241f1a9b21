// What a wait is for, as the program would write it: `chrecv(h4)`, `choose(recv(h1), deadline)`.
import { shortened, textOf } from "../errors/index.js";
import { numberFor } from "../handles/index.js";
import type { WaitsFor } from "./task.js";

/** How many clauses of a choose are told. */
const mostClauses = 10;
/** How much of an address is told. */
const longestAddress = 200;

/** What of a wait is text. */
type Told = Pick<WaitsFor, "what" | "handle" | "resource" | "address"> & {
  readonly clauses?: readonly Told[] | undefined;
};

/** The address is told where there is no handle. */
export function waitText(
  { what, handle, resource, address, clauses = [] }: Told,
  nameOf: (handle: number) => string = String,
): string {
  const name = publicName(what);
  const given = clauses.slice(0, mostClauses).map((clause) => waitText(clause, nameOf));
  if (clauses.length > mostClauses) given.push(`… ${clauses.length - mostClauses} more`);
  const number = handle ?? (resource && numberFor(resource));
  if (number !== undefined) given.push(nameOf(number));
  else if (address !== undefined) given.push(`"${shortened(textOf(address), longestAddress)}"`);
  return given.length > 0 ? `${name}(${given.join(", ")})` : name;
}

/** As the program writes it: `bundle_wait` is bundleWait. */
export function publicName(what: string): string {
  return what.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());
}
