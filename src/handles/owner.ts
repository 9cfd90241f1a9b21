// Who is making handles now. The scheduler writes here and the table reads, so that handles need not
// know the scheduler.

/** Whatever closes the handles that were left open: a run. */
export interface Owner {
  /** How many handles it has open. Only the table writes it. */
  open: number;
  /** Whether somebody outside holds a signal that may cancel it at any time. */
  readonly isAbortable: boolean;
  /** It does not end before that work has; a rejection is one of its errors. */
  awaitWork(work: PromiseLike<unknown>): void;
}

/** Whoever may make handles: a coroutine. */
export interface Maker {
  readonly owner: Owner | null;
  readonly isCanceled: boolean;
}

/** The one cell: who is running, and inside how many `close` methods. */
export const running: { maker: Maker | null; closing: number } = { maker: null, closing: 0 };

/** Whether the code that runs now may neither wait nor make handles. */
export function isShuttingDown(): boolean {
  return running.closing > 0 || (running.maker !== null && running.maker.isCanceled);
}
