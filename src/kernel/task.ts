// A task: the record of one coroutine.
//
//            start            park               wake, interrupt
//   (made) ─────────▶ running ──────▶ blocked ───────────────────▶ ready ──▶ running …
//      │                 │ ▲                                         ▲
//      │ nested too deep │ └────────── the scheduler's turn ─────────┤
//      └─────────────────┼─────▶ ready      a bare `yield` ──────────┘
//                        ▼
//                      done(outcome: value | error | canceled)
//
// ARCHITECTURE.md has the table of what cancellation (none, owed, grace, final) does in each of these states.
//
// Invariants:
// - `operation` is set exactly while the task is blocked; `heapIndex` is not -1 only then (an armed deadline).
// - Several tasks may be running: each but the innermost waits on the JavaScript stack for the next one.
// - `cancellation` only grows: none, owed, grace, final. Being told is one thing, being driven to the end another: a
//   final task that is ready or blocked is still to be driven, unless its own block is on the stack.
// - After `done` nothing changes but `joiners` emptying.
//
// Who writes what: state, operation and since: park.ts, step.ts and guest.ts. heapIndex: deadlines.ts.
// before, after, firstGroup: the group. group: whoever makes the task, of a guest guest.ts. cancellation: cancel.ts and telling.ts; blockingOperation.ts and step.ts take what
// is owed. refusals: refusals.ts. outcome: step.ts. context: whoever makes the task, then step.ts.
import type { HeapMember, Linked, List } from "../collections/index.js";
import type { Owner, Running } from "../handles/index.js";
import type { AsyncContext } from "../host/index.js";
import type { Waiter, WaitSource } from "./event.js";

export const ready = 0;
export const running = 1;
export const blocked = 2;
export const done = 3;

/** Cancellation: what the task has been told. */
export const none = 0;
/** It was told once, while it was not waiting: its next wait is ECANCELED. */
export const owed = 1;
/** It has got that, and may wait until somebody's grace is over. */
export const grace = 2;
/** It can't wait any more. */
export const final = 3;

/** How a coroutine ended. "canceled": it let through the ECANCELED that it was told or canceled with. */
export type Ending = "value" | "error" | "canceled";

/** What a wait is for, for reports. */
export interface WaitsFor {
  /** The function as the program calls it: "chrecv". */
  readonly what: string;
  readonly handle?: number | undefined;
  /** What the handle stands for, where the operation knows no number: looking for that takes time. */
  readonly resource?: object | undefined;
  readonly address?: string | undefined;
  /** The coroutines whose end it waits for. */
  readonly tasks?: readonly Task[] | undefined;
  /** Whether what it waits for can never come, because the other end of its channel is closed. */
  readonly isOrphan?: boolean | undefined;
  /** The several things of which it waits for the first. */
  readonly clauses?: readonly WaitsFor[] | undefined;
}

/** What a blocked task waits in. */
export interface Parked {
  /** Set before the task is resumed, if it is not resumed with a result. */
  interruption: string | null;
  /** Whether the wait is for coroutines that the operation itself runs: a scope and its kind. */
  readonly isScope: boolean;
  /** Takes back what was registered, when the wait is interrupted. Not called of a scope. */
  undo(): void;
  /** Of a scope: cancels what runs in it, without grace. */
  cancelInside(): void;
  /** Of a scope: tells what runs in it; the caller has been told. */
  tellInside(): void;
  /** Of a scope: its deadline has come. */
  timeOutInside(): void;
  waitsFor(): WaitsFor;
}

/** What has tasks as members: a bundle, the two groups of a scope, a run. */
export interface TaskGroup extends Linked<TaskGroup> {
  readonly first: Task | null;
  /** The task that sleeps until the members have ended, in an operation of its own. */
  readonly parent: Task | null;
  /** The task that sleeps in a bundleClose of the group. A scope's bundle may have a parent besides. */
  readonly closer: Task | null;
  /** A member has ended. It has left the group by the time this returns. */
  ended(task: Task): void;
}

export type AnyGenerator = Iterator<unknown, unknown, undefined> & {
  throw(error: unknown): IteratorResult<unknown>;
  return(value: undefined): IteratorResult<unknown>;
};

/** What a refusal counts for: an ECANCELED that did not end the coroutine. */
export const perRefusal = 10;
/** How many operations that need no wait a canceled coroutine may begin; then they are ECANCELED, too. */
export const maxOperations = 10_000;
/** Then it is ended: after 1000 refusals, or 100 on top of all those operations. */
export const maxRefusals: number = maxOperations + 1000;

let nextId = 0;

/** The number of the next task. */
export function nextTaskId(): number {
  return nextId;
}

export class Task implements Linked<Task>, HeapMember, Running {
  readonly id: number = nextId++;
  state: typeof ready | typeof running | typeof blocked | typeof done = ready;
  cancellation: typeof none | typeof owed | typeof grace | typeof final = none;
  /** How many times it ignored its cancellation. */
  refusals = 0;
  /** Async context of its next step, or null if any will do. */
  context: AsyncContext | null = null;
  operation: Parked | null = null;
  /** Who ends its wait. */
  source: WaitSource = "inside";
  heapIndex = -1;
  /** The turn in which it went to sleep last: see turns.ts. */
  since = 0;
  before: Task | null = null;
  after: Task | null = null;
  /** Null until it has ended. */
  ending: Ending | null = null;
  /** What it returned, or what it threw. */
  value: unknown = undefined;
  /** The groups it made, by which its children are found. */
  firstGroup: TaskGroup | null = null;
  joiners: List<Waiter> | null = null;
  generator: AnyGenerator | null;
  /** Of a guest: that of the program which it stands for, if a coroutine of ours waits for that. */
  group: TaskGroup | null;
  readonly owner: Owner | null;

  constructor(generator: AnyGenerator | null, group: TaskGroup | null, owner: Owner | null) {
    this.generator = generator;
    this.group = group;
    this.owner = owner;
  }

  /** For messages: a task is no handle. */
  get [Symbol.toStringTag](): string {
    return "Coroutine";
  }

  /** One that has refused to end all too often may make handles again: its next operation ends it. */
  get isCanceled(): boolean {
    return this.cancellation === final && this.refusals <= maxRefusals;
  }

  refuses(): void {
    if (this.cancellation === final) this.refusals += perRefusal;
  }

  /** Whether somebody's grace goes on, as far as the task knows. */
  get isInGrace(): boolean {
    return this.cancellation === owed || this.cancellation === grace;
  }

  /** Whether it is owed an ECANCELED, which its caller throws now. */
  takeOwed(): boolean {
    if (this.cancellation !== owed) return false;
    this.cancellation = grace;
    return true;
  }
}

/** A task without a generator: somebody else drives it, Effection, say. */
export class Guest extends Task {
  /** Resumes whoever drives it. */
  resume: (() => void) | null = null;

  constructor() {
    super(null, null, null);
  }
}
