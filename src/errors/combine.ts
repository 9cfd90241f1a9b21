// Several errors as one.
import { inspectSafely } from "./inspectSafely.js";

/**
 * The errors of a list that have to be told, in order. The same object is told once, and an aggregate of
 * nothing but errors that stand in the list before it is not told at all. Primitive values are equal without
 * being the same: each is an error of its own.
 */
export function listed(errors: readonly unknown[]): unknown[] {
  const told = new Set<unknown>();
  return errors.filter((error) => {
    if (!isObject(error)) return true;
    const isTold = told.has(error) || consistsOf(error, told);
    told.add(error);
    return !isTold;
  });
}

/** One error as it is, several as one AggregateError with the code of the first one. */
export function combine(errors: readonly unknown[]): unknown {
  if (errors.length === 1) return errors[0];
  const combined = new AggregateError(errors, `${errors.length} coroutines failed`);
  const code = inspectSafely(() => (errors[0] as { readonly code?: unknown }).code, undefined);
  if (typeof code === "string") Object.assign(combined, { code });
  return combined;
}

function consistsOf(error: object, told: ReadonlySet<unknown>): boolean {
  return inspectSafely(() => {
    if (!(error instanceof AggregateError) || error.errors.length === 0) return false;
    return error.errors.every(
      (part: unknown) => isObject(part) && (told.has(part) || consistsOf(part, told)),
    );
  }, false);
}

function isObject(value: unknown): value is object {
  return (typeof value === "object" && value !== null) || typeof value === "function";
}
