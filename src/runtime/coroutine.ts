// The coroutine's record, called a task.
//
//             start            park                wake, interrupt
//   (made) ──────────▶ running ───────▶ blocked ──────────────────▶ ready ──▶ running …
//      │                  │ ▲                                          ▲
//      │ nested too deep  │ └────────── the scheduler's turn ──────────┤
//      └──────────────────┼──────▶ ready      a bare `yield` ──────────┘
//                         ▼
//                       done
//
// Invariants:
// - `operation` is set exactly while the task is blocked; `place` is not -1 only then (an armed deadline).
// - Several tasks may be running: each but the innermost waits on the JavaScript stack for the next one.
// - A ready task is in the ready queue once, or is being driven to its end by whoever cancels it; the
//   queue skips what is no longer ready when its turn comes.
// - `isCanceled` never goes back to false. A canceled task is never blocked, but for one that waits for a
//   block of its own which is running: it is canceled too, and ends as soon as it tries to wait.
// - After `done` nothing changes but `joiners` emptying.
//
// Who writes what: state, operation: scheduler.ts and wait.ts. place, rank, order: timers.ts.
// before, after, group: the group. isCanceled, refusals: cancel.ts and scheduler.ts. context: whoever makes
// the task, then scheduler.ts.
import type { Linked, List } from "../collections/index.js";
import type { Maker, Owner } from "../handles/index.js";
import type { AsyncContext } from "../host/index.js";

export const ready = 0;
export const running = 1;
export const blocked = 2;
export const done = 3;

/** Why an operation ends without its result. */
export type Interruption = "ECANCELED" | "ETIMEDOUT" | "EBADF" | "EPIPE";

/** What a blocked task waits in. */
export interface Parked {
  /** Set before the task is resumed, if it is not resumed with a result. */
  interruption: Interruption | null;
  /** Takes back what was registered, when the wait is interrupted. Of a block: ends its coroutines. */
  undo(): void;
  /** For a person: "chrecv(3)". */
  describe(): string;
}

/** Whoever has tasks: a bundle, a scope, a run. */
export interface TaskGroup {
  /** The task that sleeps until the group's members, in a block of its own, have ended. */
  readonly awaitedBy: Task | null;
  /** The task is done; it has left the group's members by the time this returns. */
  ended(task: Task): void;
}

/** A group as its maker sees it. */
export interface MadeGroup extends Linked<MadeGroup> {
  readonly members: List<Task>;
}

/** Somebody who waits for a task's end. */
export interface Joiner extends Linked<Joiner> {
  taskEnded(): void;
}

export type AnyGenerator = Iterator<unknown, unknown, undefined> & {
  throw(error: unknown): IteratorResult<unknown>;
  return(value: undefined): IteratorResult<unknown>;
};

export class Task implements Linked<Task>, Maker {
  state: typeof ready | typeof running | typeof blocked | typeof done = ready;
  isCanceled = false;
  /** How often it has gone on nevertheless. */
  refusals = 0;
  /** Where its next step runs; null: no matter. */
  context: AsyncContext | null = null;
  operation: Parked | null = null;
  /** Whether the world outside ends the wait: a socket, say, and not another coroutine. */
  waitsForOutside = false;
  place = -1;
  rank = 0;
  order = 0;
  before: Task | null = null;
  after: Task | null = null;
  /** How it ended: what it returned, or what it threw. */
  value: unknown = undefined;
  hasThrown = false;
  /** The groups it made, for finding its children. */
  groups: List<MadeGroup> | null = null;
  joiners: List<Joiner> | null = null;
  /** Resumes whoever drives this task in our place: Effection. */
  resume: (() => void) | null = null;
  generator: AnyGenerator | null;
  readonly group: TaskGroup | null;
  readonly owner: Owner | null;

  constructor(generator: AnyGenerator | null, group: TaskGroup | null, owner: Owner | null) {
    this.generator = generator;
    this.group = group;
    this.owner = owner;
  }
}
