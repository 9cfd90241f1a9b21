// Waiting until Node has reported all I/O that is possible now.
import { setImmediate } from "./timers.js";

let looks = 0;

/**
 * Runs the job when all I/O that is possible now has been reported.
 *
 * The end of a stream is reported only after a look at how the stream ended. A job that comes due during such a
 * look waits for one more poll, so that a last look under deadline 0 still sees the end.
 */
export function afterPoll(job: () => void): void {
  afterOnePoll(() => {
    if (looks > 0) afterOnePoll(job);
    else job();
  });
}

/** Starts a look that takes one poll. Other jobs that come due meanwhile wait until its job has run. */
export function lookOnce(job: () => void): void {
  looks += 1;
  afterOnePoll(() => {
    looks -= 1;
    job();
  });
}

/**
 * Node may run an immediate before its next poll, namely one that is set during a poll or by another immediate.
 * The second immediate always comes after a whole poll.
 */
function afterOnePoll(job: () => void): void {
  setImmediate(() => void setImmediate(job));
}
