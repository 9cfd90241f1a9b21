// What a wait is for, as the program would write it: `chrecv(h4)`, `choose(recv(h1), deadline)`.
import type { WaitsFor } from "./task.js";

export function waitText(
  { what, handle, address, clauses = [] }: WaitsFor,
  nameOf: (handle: number) => string = String,
): string {
  const name = what.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase()); // bundle_wait: bundleWait
  const given = clauses.map((clause) => waitText(clause, nameOf));
  if (address !== undefined) given.push(`"${address}"`);
  if (handle !== undefined) given.push(nameOf(handle));
  return given.length > 0 ? `${name}(${given.join(", ")})` : name;
}
