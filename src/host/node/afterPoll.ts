// Waiting until Node has reported all I/O that is possible now.
import { setImmediate } from "./timers.js";

/**
 * Runs the job when all I/O that is possible now has been reported.
 *
 * Node may run an immediate before its next poll, namely one that is set during a poll or by another immediate.
 * The second immediate always comes after a whole poll.
 */
export function afterPoll(job: () => void): void {
  setImmediate(() => void setImmediate(job));
}
