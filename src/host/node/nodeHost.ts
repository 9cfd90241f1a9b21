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
  watchForStandstill,
} from "./standstill.js";

// The global is a getter, which costs as much as the clock behind it.
const { performance } = globalThis;
// Large, positive, and moved by nothing: the wall clock is read once, when the process starts.
const origin = performance.timeOrigin;

const now = (): number => origin + performance.now();

const atOnce = Promise.resolve();

export const nodeHost: Host = {
  now,
  setAlarm: (at, ring) => setAlarm(at, now, ring),
  soon: (job) => void atOnce.then(job), // a third of what queueMicrotask costs (bench: roundtrip)
  afterTurn: (job) => void setImmediate(job),
  afterPoll,
  after(delay, job) {
    const timer = setTimeout(job, delay);
    return () => clearTimeout(timer);
  },
  later: (delay, job) => void setTimeout(job, delay).unref(),
  stay() {
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
  watchForStandstill,
  asyncContext,
  blankContext,
  warn: (code, message) => process.emitWarning(message, { type: "LibdillWarning", code }),
  sockets: nodeSockets,
};
