import { dillError } from "../errors/index.js";
import { isWaitedFor } from "./waiting.js";

/**
 * Says that a file descriptor is about to be closed, or given to somebody else.
 *
 * Nothing is kept about a descriptor that nobody waits for. So, unlike libdill, where to forget the call makes later waits fail, it
 * only looks whether somebody still waits. Never blocks.
 *
 * @param fd - Number of the descriptor; one that was never waited for will do.
 * @throws {@link DillError}
 * - `EBUSY`: a coroutine waits in {@link fdin} or {@link fdout} for it.
 * @see fdclean(3), https://libdill.org/fdclean.html
 */
export function fdclean(fd: number): void {
  if (!isWaitedFor(fd)) return;
  throw dillError("EBUSY", "fdclean", `a coroutine waits for file descriptor ${fd}`);
}
