// A coroutine of the model: where it is, and how it is being ended.
import type { Code } from "../library.js";
import type { Failure } from "./errors.js";
import type { Group } from "./group.js";

/** What an operation gives: a value, or an error to throw. */
export type Outcome = { readonly value: unknown } | { readonly error: unknown };

/** An outcome that is found out when the coroutine goes on: until then somebody else may take the error. */
export type Result = Outcome | (() => Outcome);

/**
 * What waits in an operation: a bundleClose, or a scope or withDeadline. Whoever ends the coroutine that
 * waits must end these coroutines first.
 */
export interface Enclosure {
  /** Those that the coroutine waits for, the first to be ended first. */
  content(): Task[];
  /** Ends them without grace. */
  cancel(): void;
  /** The coroutine that waits has been told. Returns whether it owes an ECANCELED for that. */
  tell(): boolean;
}

/** What a blocked coroutine waits for. */
export interface Wait {
  /** Takes back whatever the operation has left elsewhere. */
  undo(): void;
}

export class Task {
  state: "running" | "ready" | "blocked" | "done" = "ready";
  /** What the next step gives it. */
  next: Result = { value: undefined };
  /** While it is blocked. */
  wait: Wait | null = null;
  /** While it waits for other coroutines that end with it. */
  enclosure: Enclosure | null = null;
  /** Canceled without grace: it can't wait any more. */
  isFinal = false;
  /** Canceled with grace, once. */
  isTold = false;
  /** It was told while it was not blocked: its next operation throws ECANCELED. */
  owes = false;
  /** How it ended. */
  outcome: Outcome | null = null;
  failure: Failure | null = null;
  readonly joiners: (() => void)[] = [];
  readonly code: Code;
  readonly group: Group;

  constructor(code: Code, group: Group) {
    this.code = code;
    this.group = group;
  }

  get isInGrace(): boolean {
    return this.isTold && !this.isFinal;
  }
}

/** Whether one of them runs, or waits for one that runs, in a block or on the stack. */
export function isAnyRunning(tasks: readonly Task[]): boolean {
  return tasks.some(
    (task) =>
      task.state === "running" ||
      (task.enclosure !== null && isAnyRunning(task.enclosure.content())),
  );
}

/** Removes an item from a list, if it is there. */
export function remove<T>(list: T[], item: T): void {
  const index = list.indexOf(item);
  if (index >= 0) list.splice(index, 1);
}

/** Empties a list from its head. Who is told may leave other places of the list, too. */
export function drain<T>(list: T[], tell: (item: T) => void): void {
  for (let item = list.shift(); item !== undefined; item = list.shift()) tell(item);
}

export function outcomeOf(result: Result): Outcome {
  return typeof result === "function" ? result() : result;
}
