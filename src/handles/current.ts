// The one cell that says which coroutine runs now. The scheduler writes it and the handle table reads it, so
// that handles need not know the scheduler.

import { type DillError, signalError } from "../errors/index.js";

/** A run, as far as handles and coroutines know it: it ends whatever is left of both. */
export interface Owner {
  /** How many handles it has open. Only the table writes it. */
  open: number;
  /** How many of its coroutines have started and not ended. Only the kernel writes it. */
  live: number;
  /** From its final sweep on, a run takes no new coroutine. */
  readonly isEnding: boolean;
  /** Whether somebody outside may cancel it at any time, so that an endless sleep is no deadlock. */
  readonly isAbortable: boolean;
  /** The run does not end before that work has; a rejection is one of its errors. */
  awaitWork(work: PromiseLike<unknown>): void;
}

/** What handles know of a coroutine. */
export interface Running {
  readonly owner: Owner | null;
  /** The coroutine was canceled without grace, or its grace is over: it may neither wait nor make handles. */
  readonly isCanceled: boolean;
  /** It has been told so, and has not ended. */
  refuses(): void;
}

/** Which coroutine runs, and inside how many `close` methods of handles. */
export const current: { task: Running | null; closing: number } = { task: null, closing: 0 };

/** Whether the code that runs now may neither wait nor make handles. */
export function isShuttingDown(): boolean {
  return current.closing > 0 || (current.task !== null && current.task.isCanceled);
}

/** The error for a plain function that may not do its work now. */
export function shutDownError(syscall: string): DillError {
  current.task?.refuses();
  return signalError("ECANCELED", syscall);
}
