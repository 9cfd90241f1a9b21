/**
 * Runs the job when all I/O that is possible now has been reported. An immediate set while Node polls or runs
 * other immediates comes before the next poll; the second one is behind a whole poll in any case.
 */
export function afterPoll(job: () => void): void {
  setImmediate(() => void setImmediate(job));
}
