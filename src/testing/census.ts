import { dillError, inspectSafely, textOf } from "../errors/index.js";
import { type Handle, listHandles, openHandles, resourceOf } from "../handles/index.js";
import { host } from "../host/index.js";
import { armedDeadlines, liveCoroutines } from "../kernel/index.js";
import { describeRuns } from "./runs.js";
import { whenAlone } from "./oneWorld.js";
import { nextTurn } from "./realTime.js";

/** How much of the library's there is in the process. */
export interface Census {
  readonly coroutines: number;
  readonly handles: number;
  readonly deadlines: number;
  /** Sockets and listeners. */
  readonly descriptors: number;
}

/**
 * Counts what of the library's is alive, open or armed in the whole process; inside a simulation, in that. Never blocks.
 *
 * @returns The counts, for a comparison later.
 */
export function census(): Census {
  return {
    coroutines: liveCoroutines(),
    handles: openHandles(),
    deadlines: armedDeadlines(),
    descriptors: host.openSockets(),
  };
}

/** How many turns of the event loop what is ending may take. */
const patience = 10;
const nothing: Census = { coroutines: 0, handles: 0, deadlines: 0, descriptors: 0 };

/**
 * Checks that a test has left nothing behind: for `afterEach`. What is ending just now is given a few turns of the event loop,
 * and simulations of other tests are waited for.
 *
 * @param before - What there may be: the {@link census} of before the test. Nothing, if it is left out.
 * @returns A promise. Rejects with {@link DillError}
 * - `EINVAL`: `before` is no census. A runner that calls the function itself hands something of its own over, which is none.
 * - `EBUSY`: there is more than that. The message lists what there is; with `LIBDILL_STACKS=1`, where it was started, too.
 * @example
 * ```ts
 * afterEach(() => checkNothingLeft());
 * ```
 */
export async function checkNothingLeft(before: Census = nothing): Promise<void> {
  checkCensus(before);
  if (hasMore(before)) await whenAlone(); // what a simulation of another test has is not left
  for (let turn = 0; hasMore(before) && turn < patience; turn++) await nextTurn();
  if (!hasMore(before)) return;
  const message = "something is left that was not there before:";
  throw dillError("EBUSY", "check_nothing_left", { message, lines: describe(before) });
}

const kinds = ["coroutines", "handles", "deadlines", "descriptors"] as const;

function isCount(value: unknown): boolean {
  return typeof value === "number" && value >= 0;
}

function checkCensus(before: unknown): void {
  const isCensus = (): boolean => kinds.every((kind) => isCount(Reflect.get(Object(before), kind)));
  if (inspectSafely(isCensus, false)) return;
  const hint = "write afterEach(() => checkNothingLeft())";
  const message = `it takes what census() has returned, or nothing, not ${textOf(before)}: ${hint}`;
  throw dillError("EINVAL", "check_nothing_left", message);
}

function hasMore(before: Census): boolean {
  const now = census();
  return kinds.some((kind) => now[kind] > before[kind]);
}

function describe(before: Census): readonly string[] {
  const now = census();
  const counts = kinds
    .filter((kind) => now[kind] > before[kind])
    .map((kind) => `  ${now[kind] - before[kind]} more ${kind} than before`);
  const handles = listHandles()
    .slice(-20)
    .map((h) => `  handle ${Number(h)}: ${kindOf(h)}`);
  return [...counts, ...describeRuns(), ...handles];
}

function kindOf(h: Handle): string {
  return resourceOf(h, "check_nothing_left").kind ?? "a handle of the program's own type";
}
