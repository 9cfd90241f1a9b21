import { Options } from "../errors/index.js";
import { type Handle, listHandles, resourceOf } from "../handles/index.js";
import { host } from "../host/index.js";
import { startOfHandle, turnCount } from "../kernel/index.js";
import { type CoroutineSnapshot, Survey, treeOf } from "../snapshot/index.js";
import { watchedRuns } from "./deadlock.js";

/** What {@link snapshot} may be told. */
export interface SnapshotOptions {
  /** Whether to look up the lines where coroutines wait: `true` is the default. Without them it is five times as fast. */
  readonly places?: boolean | undefined;
}

/** A handle that is open. */
export interface HandleSnapshot {
  readonly handle: number;
  /** What it is: `"ipc listener"`, say; empty if it is of a type that the program has made. */
  readonly kind: string;
  /** The path, or the address and port, that it leads to or listens at. */
  readonly address?: string;
  /** Of a listener: how many connections wait to be accepted. */
  readonly queued?: number;
  /** How long ago it was made, in milliseconds; not exactly. */
  readonly age: number;
}

/** What is alive in the process. It is data, and can be sent anywhere as JSON. */
export interface Snapshot {
  /** Of this form. Another one will have another number. */
  readonly format: 1;
  /** Each one after the one that has started it. */
  readonly coroutines: readonly CoroutineSnapshot[];
  /** In the order in which they were made. */
  readonly handles: readonly HandleSnapshot[];
  /** How many turns coroutines have had. */
  readonly turns: number;
}

/**
 * Tells which coroutines are alive and what each waits for, and which handles are open, in the whole process; inside a simulation,
 * in that. Nothing is recorded beforehand, and nothing changes. Never blocks.
 *
 * With its lines it takes some 30 to 50 µs for each coroutine, in one go; from deep inside of recursive functions there are none. An iterator that was written by hand and stands between a coroutine
 * and its wait has its `next()` called, so that a program with such iterators says `{ places: false }`.
 *
 * @param options - What to leave out.
 * @returns The coroutines and the handles. No message, no buffer and no local variable is in it.
 * @throws {@link DillError}
 * - `EINVAL`: an option is none.
 * @see {@link dump}
 * Source: Java's and Kotlin's dumps of threads and coroutines.
 */
export function snapshot(options?: SnapshotOptions): Snapshot {
  const places = new Options(options, "snapshot").flag("places", true);
  return {
    format: 1,
    coroutines: survey().describe(places),
    handles: listHandles().map(describeHandle),
    turns: turnCount(),
  };
}

/** All coroutines of the process. */
export function survey(): Survey {
  return new Survey([...watchedRuns].flatMap((run) => run.groups()));
}

function describeHandle(h: Handle): HandleSnapshot {
  const resource = resourceOf(h, "snapshot");
  const address = resource.address?.();
  const queued = resource.queued?.();
  return {
    handle: Number(h),
    kind: resource.kind?.replace(/^an? /, "") ?? "",
    ...(address === undefined ? {} : { address }),
    ...(queued === undefined ? {} : { queued }),
    age: Math.max(0, Math.round(host.now() - startOfHandle(Number(h)))),
  };
}

/**
 * The coroutines of the process as a tree, for a person: who has started whom, what each waits in, on which line, and since when.
 * Coroutines that are alike share a line. Never blocks.
 *
 * @returns The text, one line for each coroutine or each group of equals.
 * @example On request
 * ```ts
 * process.on("SIGQUIT", () => process.stderr.write(dump()));
 * ```
 * @see {@link snapshot}
 */
export function dump(): string {
  const { coroutines, handles } = snapshot();
  const counts = `${count(coroutines.length, "coroutine")}, ${count(handles.length, "handle")}`;
  const tree = treeOf(coroutines, { first: 0, times: true, most: Infinity });
  return [counts, ...tree, ""].join("\n");
}

function count(number: number, what: string): string {
  return number === 1 ? `1 ${what}` : `${number} ${what}s`;
}
