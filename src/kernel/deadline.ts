// Reading a deadline.
import { dillError, textOf } from "../errors/index.js";
import { host } from "../host/index.js";

/**
 * The deadline as a point in time: `Infinity` for none, 0 for one that lets nothing wait.
 *
 * `EINVAL` if it is no deadline at all.
 */
export function readDeadline(deadline: number, syscall: string): number {
  if (typeof deadline === "number") {
    if (deadline >= 0) return deadline;
    if (deadline === -1) return Infinity;
  }
  const message = `a deadline is -1 (none), 0 (don't wait) or a point on the clock of now(), not ${textOf(deadline)}`;
  throw dillError("EINVAL", syscall, message);
}

/** Whether nothing may wait any more. */
export function isPast(deadline: number): boolean {
  return deadline !== Infinity && (deadline === 0 || deadline <= host.now());
}
