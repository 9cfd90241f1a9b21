// The errors that escaped coroutines and that nobody has been told yet, in the order of the failures.
import { combine, inspectSafely, listed, textOf } from "../errors/index.js";
import type { Owner } from "../handles/index.js";
import { host } from "../host/index.js";
import type { Task } from "./task.js";

export interface Failure {
  readonly error: unknown;
  /** The coroutine that failed, if it was one. */
  readonly task: Task | null;
  /** Later failures have a greater number. */
  readonly seq: number;
  /** Whether somebody has asked for the error without taking it away. */
  isAsked: boolean;
}

let lastSeq = 0;

export function newFailure(error: unknown, task: Task | null = null): Failure {
  return { error, task, seq: ++lastSeq, isAsked: false };
}

/** An error that nobody can ask for is one of the run's, and outside a run one of the process's. */
export function failOwner(owner: Owner | null, error: unknown): void {
  if (owner !== null) {
    owner.failed(error);
    return;
  }
  host.microtask(() => {
    throw error;
  });
}

/** What a group keeps of its failed members. */
export class Failures {
  #list: Failure[] = [];
  #combined: { readonly error: unknown } | null = null;

  get isEmpty(): boolean {
    return this.#list.length === 0;
  }

  add(failure: Failure): void {
    this.#list.push(failure);
    this.#combined = null;
  }

  /** Takes out all of them: whoever calls this tells. */
  takeAll(): readonly Failure[] {
    const list = this.#list;
    this.#list = [];
    this.#combined = null;
    for (const failure of list) unseen.delete(failure);
    return list;
  }

  /** Somebody has been told of this task's error. */
  markReported(task: Task): void {
    this.#combined = null;
    this.#list = this.#list.filter((failure) => {
      if (failure.task !== task) return true;
      unseen.delete(failure);
      return false;
    });
  }

  /** Somebody is on the way to take them. */
  markAsked(): void {
    for (const failure of this.#list) failure.isAsked = true;
  }

  /** The error of them all, the same each time, for one who only hears that they are there. */
  peek(): unknown {
    this.markAsked();
    this.#combined ??= { error: errorOf(this.#list) };
    return this.#combined.error;
  }
}

/** One error of several failures, flat and in their order. */
export function errorOf(failures: readonly Failure[]): unknown {
  const inOrder = failures.toSorted((a, b) => a.seq - b.seq);
  return combine(listed(inOrder.map(({ error }) => error)));
}

/** How long an error may wait for somebody to ask for it, in milliseconds. */
const patience = 1000;

const unseen = new Map<Failure, () => boolean>();
let cancelLook: (() => void) | null = null;

/** Warns of the failure, once, if nobody has asked for it after a second, and nobody waits who will be told. */
export function watchUnseen(failure: Failure, isAwaited: () => boolean): void {
  unseen.set(failure, isAwaited);
  cancelLook ??= host.afterUnref(patience, look);
}

function look(): void {
  cancelLook = null;
  for (const [failure, isAwaited] of unseen) {
    if (isAwaited()) continue;
    unseen.delete(failure);
    if (!failure.isAsked) warnOf(failure.error);
  }
  if (unseen.size > 0) cancelLook = host.afterUnref(patience, look);
}

function warnOf(error: unknown): void {
  const text = inspectSafely(
    () => (error instanceof Error ? String(error.stack ?? error) : textOf(error)),
    textOf(error),
  );
  host.warn(
    "UNSEEN_ERROR",
    "an error has escaped a coroutine, its bundle was canceled, and nobody has asked for the error yet " +
      `(bundleWait, hclose, bundleClose or join would throw it): ${text}`,
  );
}

/** No run is left: nobody will ask any more. */
export function forgetUnseen(): void {
  unseen.clear();
  cancelLook?.();
  cancelLook = null;
}
