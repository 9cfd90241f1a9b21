// Rules that types of handles keep, each explored in a world of its own.
import { DillError, dillError, textOf } from "../../errors/index.js";
import { hclose, isOpen } from "../../handles/index.js";
import type { Handle } from "../../handles/index.js";
import { type Coroutine, type Operation, type Steps } from "../../kernel/index.js";
import { census } from "../census.js";
import { type ExploreOptions, prepareExploring } from "../exploreOptions.js";
import { alone } from "../oneWorld.js";
import { countResources } from "../realTime.js";
import { ScheduleFailure } from "../scheduleFailure.js";
import type { Simulation } from "../settings.js";

/** A rule, as a sentence, and what shows that it is kept. */
export interface Rule<T> {
  readonly says: string;
  test(made: T, sim: Simulation): Steps<void>;
}

/** What the maker makes: in words, and as a list; undefined if it is something else. */
export interface Made<M, T extends readonly Handle[]> {
  readonly what: string;
  readonly listed: (made: M) => T | undefined;
}

/** Two ends of a connection. */
export function pairOf<S extends Handle>(): Made<readonly [S, S], readonly [S, S]> {
  const what = "two open handles, as [one, other]";
  return { what, listed: (pair) => (Array.isArray(pair) && pair.length === 2 ? pair : undefined) };
}

/** How many schedules each rule is explored in, if nothing else is said. */
const usualSchedules = 200;

/** Explores each rule. Rejects with the first that is broken, by its sentence. */
export async function checkRules<M, T extends readonly Handle[]>(
  name: string,
  rules: readonly Rule<T>[],
  make: () => Operation<M>,
  options: ExploreOptions | undefined,
  wanted: Made<M, T>,
): Promise<void> {
  if (typeof make !== "function") {
    const message = `${name} takes a function that makes the handles, not ${textOf(make)}`;
    throw dillError("EINVAL", name, message);
  }
  for (const rule of rules) {
    const body = (sim: Simulation): Coroutine => keeps(rule, making(name, make, wanted), sim);
    try {
      await alone(name, () => prepareExploring(body, options, name, usualSchedules));
    } catch (cause) {
      if (!(cause instanceof ScheduleFailure)) throw cause;
      if (isMistake(cause.cause, name)) throw cause.cause;
      throw new Error(`${name}: ${rule.says}, and here that is not so\n${cause.message}`, {
        cause,
      });
    }
  }
}

/** What the maker returned is no handles, so that no rule was tried. */
function* making<M, T extends readonly Handle[]>(
  name: string,
  make: () => Operation<M>,
  { what, listed }: Made<M, T>,
): Steps<T> {
  const operation: unknown = make();
  if (!isOperation<M>(operation)) {
    throw dillError("EINVAL", name, `make returns an operation, not ${textOf(operation)}`);
  }
  const result = yield* operation;
  const handles = listed(result);
  if (handles?.every((h) => isOpen(h)) === true) return handles;
  throw dillError("EINVAL", name, `what make makes is ${what}, not ${textOf(result)}`);
}

function isOperation<M>(value: unknown): value is Operation<M> {
  return typeof value === "object" && value !== null && Symbol.iterator in value;
}

function isMistake(error: unknown, name: string): error is DillError {
  return error instanceof DillError && error.syscall === name && error.code === "EINVAL";
}

function* keeps<T extends readonly Handle[]>(
  rule: Rule<T>,
  make: Operation<T>,
  sim: Simulation,
): Coroutine {
  const before = census();
  const timersBefore = nodeTimers();
  const made = yield* make;
  try {
    yield* rule.test(made, sim);
  } finally {
    for (const h of made) if (isOpen(h)) hclose(h);
  }
  // What the type has beneath must have gone with it.
  const left = census();
  demand(left.handles <= before.handles, `${left.handles - before.handles} handles are left open`);
  const sockets = left.descriptors - before.descriptors;
  demand(sockets <= 0, `${sockets} sockets are left open`);
  const coroutines = left.coroutines - before.coroutines;
  demand(coroutines <= 0, `${coroutines} coroutines are left`);
  const timers = nodeTimers() - timersBefore;
  demand(timers <= 0, `${timers} timers of Node's are left, which keep the process alive`);
}

function nodeTimers(): number {
  return countResources().get("Timeout") ?? 0;
}

export function demand(holds: boolean, otherwise: string): void {
  if (!holds) throw new Error(otherwise);
}
