// Node's timers and clocks, taken when this file loads. Everything in host/node uses these, never the globals.
//
// Tests replace the globals with fakes (node:test's mock.timers, sinon). A fake alarm beside the real clock, or
// the other way round, means that a deadline never comes.

export const setTimeout: typeof globalThis.setTimeout = globalThis.setTimeout;
export const clearTimeout: typeof globalThis.clearTimeout = globalThis.clearTimeout;
export const setInterval: typeof globalThis.setInterval = globalThis.setInterval;
export const clearInterval: typeof globalThis.clearInterval = globalThis.clearInterval;
export const setImmediate: typeof globalThis.setImmediate = globalThis.setImmediate;
export const clearImmediate: typeof globalThis.clearImmediate = globalThis.clearImmediate;

export const nextTick: typeof process.nextTick = process.nextTick.bind(process);

// Bound: a fake replaces the method of the one performance object.
const readClock = globalThis.performance.now.bind(globalThis.performance);
// Large, positive, and independent of the wall clock, which is read only once: when the process starts.
const origin = globalThis.performance.timeOrigin;

/** Milliseconds on a monotonic clock. */
export const monotonicNow = (): number => origin + readClock();
