// The model's own errors, and what counts as a failure.

export class ModelError extends Error {
  readonly code: string;

  constructor(code: string) {
    super(code);
    this.code = code;
  }
}

/** An error that has escaped a coroutine and that somebody must be told. */
export interface Failure {
  readonly error: unknown;
  /** Somebody has taken it: bundleWait, hclose, bundleClose, join, or the scope it happened in. */
  isTaken: boolean;
}

/** ECANCELED, or an aggregate of nothing else. */
export function isCanceled(error: unknown): boolean {
  if (error instanceof AggregateError)
    return error.errors.length > 0 && error.errors.every(isCanceled);
  return error instanceof ModelError && error.code === "ECANCELED";
}

/**
 * The list that is told: the same object once, and without aggregates of nothing but errors that are in
 * the list anyway. Equal primitives are different errors, in an aggregate, too.
 */
export function toldOnce(errors: readonly unknown[]): unknown[] {
  const told: unknown[] = [];
  for (const error of errors) {
    const isRepeated = typeof error === "object" && told.includes(error);
    const isRepetition =
      error instanceof AggregateError &&
      error.errors.every((inner) => typeof inner === "object" && errors.includes(inner));
    if (!isRepeated && !isRepetition) told.push(error);
  }
  return told;
}

export function combine(errors: readonly unknown[]): unknown {
  const told = toldOnce(errors);
  return told.length === 1 ? told[0] : new AggregateError(told);
}
