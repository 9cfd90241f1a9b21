import { host } from "../host/index.js";

/**
 * The current point on the clock that all deadlines refer to.
 *
 * The clock is monotonic: changes of the wall clock don't move it. Its values are large and positive, and
 * have fractions. Never blocks.
 *
 * @returns Milliseconds.
 * @example A deadline one second from now
 * ```ts
 * const name = yield* brecv(s, 5, now() + 1000);
 * ```
 * @see now(3), https://libdill.org/now.html
 */
export function now(): number {
  return host.now();
}
