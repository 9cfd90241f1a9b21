import { DillError } from "./dillError.js";
import type { ErrnoCode } from "./errno.js";

/**
 * Whether a caught value is a {@link DillError} with one of the codes; narrows its type.
 *
 * Never blocks.
 *
 * @param error - Whatever was caught.
 * @param codes - The codes to look for; without any, every {@link DillError} fits.
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
export function isErrno<C extends ErrnoCode>(
  error: unknown,
  ...codes: readonly C[]
): error is DillError & { readonly code: C } {
  if (!(error instanceof DillError)) return false;
  if (codes.length === 0) return true;
  for (const code of codes) if (code === error.code) return true;
  return false;
}
