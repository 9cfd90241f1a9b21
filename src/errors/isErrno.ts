import { DillError } from "./dillError.js";
import type { ErrnoCode } from "./errno.js";

/** An error with an errno code: a {@link DillError}, one of Node's own, or an aggregate of such. */
export interface ErrnoError<C extends string = string> extends Error {
  readonly code: C;
  readonly errno?: number;
  readonly syscall?: string;
  readonly address?: string;
}

/**
 * Whether a caught value is a system error with one of the codes; narrows its type.
 *
 * It is true for a {@link DillError}, for Node's own system errors, and for those of another copy of this package. Of
 * an `AggregateError` or a `SuppressedError` it is true if it is true of every error in there, whatever the
 * aggregate's own `code` says. Never blocks.
 *
 * @param error - Whatever was caught.
 * @param codes - The codes to look for, ours and those of Node's own errors, such as `"EEXIST"`; without any, every {@link DillError} and every system error fits.
 * @returns Whether it is one of them.
 * @example Treat a deadline as an answer
 * ```ts
 * try {
 *   yield* brecv(s, 5, now() + 1000);
 * } catch (e) {
 *   if (!isErrno(e, "ETIMEDOUT")) throw e;
 * }
 * ```
 */
export function isErrno<C extends ErrnoCode | (string & Record<never, never>)>(
  error: unknown,
  ...codes: readonly C[]
): error is ErrnoError<C> {
  try {
    return isOneOf(error, codes);
  } catch {
    return false; // a proxy, say, that does not want to be looked at
  }
}

function isOneOf(error: unknown, codes: readonly string[]): boolean {
  if (error instanceof DillError) return codes.length === 0 || codes.includes(error.code);
  if (!(error instanceof Error)) return false;
  const parts = partsOf(error);
  if (parts !== undefined) return parts.length > 0 && parts.every((part) => isOneOf(part, codes));
  if (!("code" in error) || typeof error.code !== "string") return false;
  return codes.length === 0 ? "errno" in error && "syscall" in error : codes.includes(error.code);
}

/** The errors that an aggregate stands for; undefined: it is none. */
function partsOf(error: Error): readonly unknown[] | undefined {
  if (error instanceof AggregateError) return error.errors;
  // Node has the class from version 24 on; up to then the compiler makes an Error of that name.
  if (error.name !== "SuppressedError" || !("error" in error && "suppressed" in error)) {
    return undefined;
  }
  return [error.error, error.suppressed];
}
