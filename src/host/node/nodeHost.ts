// Node as the host.
import type { Host } from "../host.js";
import { afterPoll } from "./afterPoll.js";
import { clearAlarm, setAlarm } from "./alarm.js";
import { asyncContext, blankContext } from "./asyncContext.js";
import { nodeSockets } from "./nodeSockets.js";
import {
  noteRunEnd,
  noteRunStart,
  noteTurnEnd,
  noteTurnStart,
  watchForDeadlock,
} from "./deadlockWatch.js";

// The global is a getter, which costs as much as the clock behind it.
const { performance } = globalThis;
// Large, positive, and moved by nothing: the wall clock is read once, when the process starts.
const origin = performance.timeOrigin;

const now = (): number => origin + performance.now();

const atOnce = Promise.resolve();

export const defaultHost: Host = {
  now,
  setAlarm: (at, ring) => setAlarm(at, now, ring),
  microtask: (job) => void atOnce.then(job), // a third of what queueMicrotask costs (bench: roundtrip)
  // Of what is thrown in a macrotask V8 works out the line, which doubles the cost of a throw; in a microtask it
  // does not (bench: done).
  macrotask: (job) => void setImmediate(() => void atOnce.then(job)),
  afterPoll,
  after(delay, job) {
    const timer = setTimeout(job, delay);
    return () => clearTimeout(timer);
  },
  afterUnref(delay, job) {
    const timer = setTimeout(job, delay).unref();
    return () => clearTimeout(timer);
  },
  random: Math.random,
  keepAlive() {
    const timer = setInterval(() => {}, 2 ** 31 - 1);
    return () => clearInterval(timer);
  },
  runStarts: noteRunStart,
  turnStarts: noteTurnStart,
  turnEnds: noteTurnEnd,
  runEnds: (isLast) => {
    noteRunEnd();
    if (isLast) clearAlarm();
  },
  watchForDeadlock,
  asyncContext,
  blankContext,
  warn: (code, message) => process.emitWarning(message, { type: "LibdillWarning", code }),
  sockets: nodeSockets,
};
