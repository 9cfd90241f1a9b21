// What goes through the private socket: lines of JSON. The server speaks first.
import type { HandleSnapshot } from "../runtime/index.js";
import type { CoroutineSnapshot } from "../snapshot/index.js";

/** The first line: who this is. */
export interface Hello {
  readonly hello: number;
  readonly pid: number;
  readonly thread: number;
  /** When the process has started, in milliseconds since 1970. */
  readonly started: number;
  readonly node: string;
  /** The program and its arguments. */
  readonly argv: readonly string[];
}

export interface Request {
  readonly id: number;
  readonly op: "snapshot" | "handles";
  /** Whether to look up the lines where coroutines wait. */
  readonly places?: boolean;
  /** How many coroutines to tell of at the most. */
  readonly most?: number;
}

/** Some of what was asked for; then comes more. */
export interface Part {
  readonly id: number;
  readonly coroutines?: readonly CoroutineSnapshot[];
  readonly handles?: readonly HandleSnapshot[];
}

/** The last line of an answer. */
export interface End {
  readonly id: number;
  readonly done: true;
  /** How many coroutines there were beyond what was asked for. */
  readonly omitted: number;
}

/** The request was none. */
export interface Refusal {
  readonly id: number;
  readonly error: string;
}

/** Reads a request. A text: what is wrong with the line. */
export function readRequest(line: string): Request | string {
  let given: unknown;
  try {
    given = JSON.parse(line);
  } catch {
    return "a request is one line of JSON";
  }
  if (typeof given !== "object" || given === null) return "a request is an object";
  const { id, op, places, most } = given as Record<string, unknown>;
  if (!isCount(id)) return "a request has an id, which is a whole number";
  if (op !== "snapshot" && op !== "handles") return 'op is "snapshot" or "handles"';
  if (places !== undefined && typeof places !== "boolean") return "places is true or false";
  if (most !== undefined && !isCount(most)) return "most is a whole number";
  return {
    id,
    op,
    ...(places === undefined ? {} : { places }),
    ...(most === undefined ? {} : { most }),
  };
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}
