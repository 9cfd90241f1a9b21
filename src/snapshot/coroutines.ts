// What is alive, as data: what a program may print, count or send somewhere. Nothing of the program's own is in it but names,
// paths and lines.
import { type Frame, inspectSafely } from "../errors/index.js";
import { type Handle, listHandles, type Resource, resourceOf } from "../handles/index.js";
import { host } from "../host/index.js";
import {
  blocked,
  deadlineOf,
  done,
  final,
  none,
  placesOf,
  publicName,
  running,
  startOf,
  startOfTask,
  timeOfTurn,
  type Task,
  type TaskGroup,
  type WaitsFor,
} from "../kernel/index.js";
import { familyOf, type Member } from "./family.js";
import { nameOf } from "./named.js";

/** What a coroutine waits for. */
export interface WaitSnapshot {
  /** The function as the program calls it: `"chrecv"`. */
  readonly what: string;
  readonly handle?: number;
  /** The path, or the address and port, that it has to do with. */
  readonly address?: string;
  /** It waits at one end of a channel whose other end is closed, so that nobody will ever come. */
  readonly isOrphan?: true;
  /** The coroutines whose end it waits for, by their `id`. */
  readonly coroutines?: readonly number[];
  /** The clauses of a {@link choose}. */
  readonly clauses?: readonly WaitSnapshot[];
}

/** One coroutine that is alive. */
export interface CoroutineSnapshot {
  /** Counted in the process, in the order of the starts. */
  readonly id: number;
  /** Who has made its bundle or block, unless that has ended; `null` of a run's main coroutine. */
  readonly parent: number | null;
  /** The handle of its bundle; `null` of a main coroutine, and in a block of its own, as of `withDeadline`. */
  readonly bundle: number | null;
  /** What {@link named} has called it, or its function's name; empty if it has none, or nobody has asked for lines. */
  readonly name: string;
  readonly state: "running" | "ready" | "blocked";
  /** Whether it was canceled: told, as by {@link bundleClose}, or without grace. */
  readonly canceled: "no" | "told" | "yes";
  /** How long ago it was started, in milliseconds. As all such times it is exact to 100 ms, and less so when it is long ago. */
  readonly age: number;
  /** What it waits for, if it is blocked. */
  readonly waits?: WaitSnapshot;
  /** How long it has waited, in milliseconds. */
  readonly since?: number;
  /** How long it will wait at most, in milliseconds from now; negative, if the deadline is about to hit. */
  readonly deadline?: number;
  /** Where it waits: the innermost function first, and its own last. */
  readonly at?: readonly Frame[];
  /** The line that has started it, where `LIBDILL_STACKS=1` asks for that. */
  readonly started?: string;
}

/** The coroutines that are alive at one moment. They can be described in parts, of which each is as things are then. */
export class Survey {
  private readonly members: readonly Member[];
  private readonly numbers = handleNumbers();

  constructor(groups: readonly TaskGroup[]) {
    this.members = familyOf(groups);
  }

  get size(): number {
    return this.members.length;
  }

  /** The number of the first coroutine. */
  get first(): number {
    return this.members[0]?.task.id ?? 0;
  }

  /** From one place up to another, without those that have ended since. With `places`, each is asked where it waits. */
  describe(places: boolean, from: number = 0, to: number = Infinity): CoroutineSnapshot[] {
    const members = this.members.slice(from, to).filter(({ task }) => task.state !== done);
    const time = host.now();
    const frames = places ? placesOf(members.map(({ task }) => task)) : [];
    return members.map((member, i) => describe(member, this.numbers, time, frames[i] ?? []));
  }
}

/** Which number stands for a resource. */
function handleNumbers(): ReadonlyMap<object, number> {
  const open = listHandles().map((h): [Resource, Handle] => [resourceOf(h, "snapshot"), h]);
  return new Map(open);
}

function describe(
  { task, group, parent }: Member,
  numbers: ReadonlyMap<object, number>,
  time: number,
  at: readonly Frame[],
): CoroutineSnapshot {
  const started = inspectSafely(() => startOf(task), ""); // the program may write stacks in its own way
  return {
    id: task.id,
    parent: parent?.id ?? null,
    bundle: numbers.get(group) ?? null,
    name: nameOf(task.generator) ?? at.at(-1)?.name ?? "",
    state: task.state === blocked ? "blocked" : task.state === running ? "running" : "ready",
    canceled: task.cancellation === none ? "no" : task.cancellation === final ? "yes" : "told",
    age: between(startOfTask(task.id), time),
    ...(task.state === blocked ? waitOf(task, time, numbers) : {}),
    ...(at.length > 0 ? { at } : {}),
    ...(started === "" ? {} : { started }),
  };
}

function waitOf(
  task: Task,
  time: number,
  numbers: ReadonlyMap<object, number>,
): Partial<CoroutineSnapshot> {
  // The clauses of a choose are the program's objects, which may have changed since.
  const wait = inspectSafely(() => task.operation?.waitsFor(), undefined);
  return {
    waits: snapshotOf(wait ?? { what: "an operation" }, numbers),
    // One that was started after a long silence has gone to sleep before the next turn was counted.
    since: between(Math.max(timeOfTurn(task.since), startOfTask(task.id)), time),
    ...(task.heapIndex >= 0 ? { deadline: Math.round(deadlineOf(task) - time) } : {}),
  };
}

function snapshotOf(wait: WaitsFor, numbers: ReadonlyMap<object, number>): WaitSnapshot {
  const { what, resource, address, isOrphan, tasks, clauses } = wait;
  const handle = wait.handle ?? (resource && numbers.get(resource));
  return {
    what: publicName(what),
    ...(handle === undefined ? {} : { handle }),
    ...(address === undefined ? {} : { address }),
    ...(isOrphan === true ? { isOrphan } : {}),
    ...(tasks === undefined ? {} : { coroutines: tasks.map(({ id }) => id) }),
    ...(clauses === undefined
      ? {}
      : { clauses: clauses.map((clause) => snapshotOf(clause, numbers)) }),
  };
}

function between(start: number, end: number): number {
  return Math.max(0, Math.round(end - start));
}
