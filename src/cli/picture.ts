// What a process has told of itself, however it was asked.
import type { Hello } from "../inspect/index.js";
import type { HandleSnapshot } from "../runtime/index.js";
import type { CoroutineSnapshot } from "../snapshot/index.js";

export interface Picture {
  readonly process: Hello;
  readonly coroutines: readonly CoroutineSnapshot[];
  readonly handles: readonly HandleSnapshot[];
  /** How many coroutines there are beyond those. */
  readonly omitted: number;
}

/** `server.js`, or what else the process was started with. */
export function programOf({ argv: [program = "node"] }: Hello): string {
  return program.slice(program.lastIndexOf("/") + 1);
}

export function counted(count: number, what: string): string {
  return `${count.toLocaleString("en")} ${what}${count === 1 ? "" : "s"}`;
}
