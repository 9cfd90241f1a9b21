// The warnings of this process. Node would print them among the tests; here, each must be asked for by the test
// that provokes it, or it fails the run.
import { inspect } from "node:util";

/** By the code or the name of a warning: where those of the running test go that it has asked for. */
const asked = new Map<string, Error[]>();
const unexpected: Error[] = [];

/** Takes the place of Node, which prints each warning. */
export function watchWarnings(): void {
  process.removeAllListeners("warning");
  process.on("warning", (warning: Error & { readonly code?: string }) => {
    if (warning.name === "ExperimentalWarning" && /\bFFI\b/.test(warning.message)) return; // once a process, from Node 26 on
    const wanted = asked.get(warning.code ?? "") ?? asked.get(warning.name);
    (wanted ?? unexpected).push(warning);
  });
}

/** The warnings with that code or name, from now on until the end of the test; what has come so far is in the list. */
export function collectWarnings(codeOrName: string): readonly Error[] {
  const list: Error[] = [];
  asked.set(codeOrName, list);
  return list;
}

/** Ends the collections of a test, and returns what nobody has asked for. */
export function takeUnexpected(): string[] {
  asked.clear();
  return unexpected.splice(0).map((warning) => inspect(warning));
}
