// The test of virtualRetry: the first two attempts get no answer in time.

/** Milliseconds. */
export const attemptTimeout = 1_000;
export const answerTakes = 200;
/** Before each attempt but the first. */
export const pauses: readonly number[] = [100, 400];
/** What has passed when the third attempt is answered. */
export const retryTakes = 2 * attemptTimeout + 100 + 400 + answerTakes;
