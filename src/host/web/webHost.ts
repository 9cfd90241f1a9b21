// A browser as the host: clock, timers and turns. Deadlocks are not detected.
// In the bundle for browsers, scripts/bundle.mjs replaces nodeHost.ts by this file, nodeSockets.ts by webSockets.ts and
// errors/numbers.ts by numbers.ts.
import type { Host } from "../host.js";

// Taken when this file loads: tests replace the globals with fakes.
const { performance, setTimeout, clearTimeout } = globalThis;
const readClock = performance.now.bind(performance);
const origin = performance.timeOrigin;
const now = (): number => origin + readClock();

/** The longest delay that a timer accepts. */
const maxDelay = 2 ** 31 - 1;
const resolved = Promise.resolve();

let alarm: ReturnType<typeof setTimeout> | undefined;
/** Jobs that wait until the browser has had its turn, in the order of their arrival. */
const jobs: (() => void)[] = [];
const { port1, port2 } = new MessageChannel();
const inbox: EventTarget = port1;
inbox.addEventListener("message", () => jobs.shift()?.());
port1.start();

/** A message is a task of its own. Unlike nested timers, the browser does not delay it. */
function macrotask(job: () => void): void {
  jobs.push(job);
  port2.postMessage(null);
}

export const defaultHost: Host = {
  now,
  setAlarm(at, ring) {
    clearTimeout(alarm);
    if (at !== Infinity) {
      const delay = Math.max(0, Math.min(Math.ceil(at - now()), maxDelay));
      alarm = setTimeout(ring, delay);
    }
  },
  microtask: (job) => void resolved.then(job),
  macrotask,
  afterPoll: (job) => macrotask(() => macrotask(job)),
  after(delay, job) {
    const timer = setTimeout(job, delay);
    return () => clearTimeout(timer);
  },
  afterUnref(delay, job) {
    const timer = setTimeout(job, delay);
    return () => clearTimeout(timer);
  },
  random: Math.random,
  seesAll: false,
  openSockets: () => 0,
  keepAlive: () => () => {},
  runStarts: () => () => {},
  turnStarts() {},
  turnEnds() {},
  runEnds() {},
  watchForDeadlock: () => () => {},
  asyncContext: () => null,
  blankContext: () => null,
  warn: (code, message) => console.warn(`${code}: ${message}`),
};
