// Node as the host.
import type { Host } from "../host.js";
import { afterPoll } from "./afterPoll.js";
import { clearAlarm, setAlarm } from "./alarm.js";
import { asyncContext, blankContext } from "./asyncContext.js";
import {
  noteRunEnd,
  noteRunStart,
  noteTurnEnd,
  noteTurnStart,
  watchForDeadlock,
} from "./deadlockWatch.js";
import { lastRunEnded } from "./duringRuns.js";
import { openIfAsked } from "./inspection.js";
import { countOpen } from "./ownDescriptors.js";
import { settleReleased } from "./refable.js";
import {
  clearInterval,
  clearTimeout,
  monotonicNow,
  setImmediate,
  setInterval,
  setTimeout,
} from "./timers.js";

const resolved = Promise.resolve();

export const defaultHost: Host = {
  now: monotonicNow,
  setAlarm: (at, ring) => setAlarm(at, monotonicNow, ring),
  microtask: (job) => void resolved.then(job), // a third of the cost of queueMicrotask (bench: roundtrip)
  // For an error thrown in a macrotask V8 computes the line, which doubles the cost of the throw. In a microtask it
  // does not (bench: done).
  macrotask: (job) => void setImmediate(() => void resolved.then(job)),
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
  seesAll: false,
  openSockets: countOpen,
  keepAlive() {
    const timer = setInterval(() => {}, 2 ** 31 - 1);
    return () => clearInterval(timer);
  },
  runStarts: () => {
    openIfAsked();
    return noteRunStart();
  },
  turnStarts: noteTurnStart,
  turnEnds: () => {
    settleReleased();
    noteTurnEnd();
  },
  runEnds: (isLast) => {
    noteRunEnd();
    if (!isLast) return;
    clearAlarm();
    lastRunEnded();
  },
  watchForDeadlock,
  asyncContext,
  blankContext,
  warn: (code, message) => process.emitWarning(message, { type: "LibdillWarning", code }),
};
