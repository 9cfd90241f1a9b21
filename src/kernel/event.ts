// What a coroutine can wait for, and how it is told: the one protocol between waits and the sources of events.
import type { Linked, List } from "../collections/index.js";
import type { HandleType } from "../handles/index.js";

/** Why an operation ends without its result. */
export type Interruption = "ECANCELED" | "ETIMEDOUT" | "EBADF" | "EPIPE";

/**
 * Who ends a wait. "inside": another coroutine, or a promise. "coroutines": the end of other coroutines, which may wait for
 * the outside themselves. "outside": the kernel, which keeps the process alive until then. "stream": code that brings what
 * the outside has, and of which nobody knows whether it will. Under any deadline what is from outside gets a last look;
 * so do coroutines whose deadline comes while somebody waits for the outside.
 */
export type Source = "inside" | "coroutines" | "outside" | "stream";

/** Besides, of a sleep: "signal": a signal that the process is kept alive for, and that no look at the outside brings. */
export type WaitSource = Source | "signal";

/** Whether nobody outside brings what it waits for. */
export function isFromInside(source: Source): boolean {
  return source === "inside" || source === "coroutines";
}

/** One registration with an event. Exactly one of `fire` and `fail` is called, once, unless it is removed. */
export interface Waiter extends Linked<Waiter> {
  /** The event has come. It has forgotten the waiter. */
  fire(): void;
  /** The event will not come: its handle was closed, say. It has forgotten the waiter. */
  fail(why: Interruption): void;
}

/** Fires all waiters, one at a time: the first may withdraw others, and all have left the list before they are told. */
export function fireAll(waiters: List<Waiter>): void {
  for (let waiter = waiters.first; waiter !== null; waiter = waiters.first) {
    waiters.remove(waiter);
    waiter.fire();
  }
}

/** Fails all waiters in the same way. */
export function failAll(waiters: List<Waiter>, why: Interruption): void {
  for (let waiter = waiters.first; waiter !== null; waiter = waiters.first) {
    waiters.remove(waiter);
    waiter.fail(why);
  }
}

/** Something that one wait waits for. To look and to register changes nothing for anybody else; to take may. */
export interface Event<T = unknown> {
  readonly source: Source;
  isReady(): boolean;
  add(waiter: Waiter): void;
  /** Only of a waiter that was added and has been told nothing. */
  remove(waiter: Waiter): void;
  /** What came, for the one who waited; throws if that is an error. Called once, after `isReady` or `fire`. */
  take(): T;
  /** What came will not be taken: it must not be lost. */
  giveBack?(): void;
}

/** What a handle can answer to {@link readableType}: a socket, or a listener. */
export interface Readable {
  /** The next receive, or accept, need not wait. Throws what would keep the next one from waiting. */
  whenReadable(syscall: string): Event<void>;
}

/** The type by which choose finds {@link Readable}. */
export const readableType: HandleType<Readable> = Symbol("readable");
