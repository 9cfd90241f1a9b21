// Node as the host.
import type { Host } from "../host.js";
import { afterPoll } from "./afterPoll.js";
import { clearAlarm, setAlarm } from "./alarm.js";
import { nodeSockets } from "./nodeSockets.js";
import {
  noteRunEnd,
  noteRunStart,
  noteTurnEnd,
  noteTurnStart,
  watchForStandstill,
} from "./standstill.js";

// Large, positive, and moved by nothing: the wall clock is read once, when the process starts.
const origin = performance.timeOrigin;

const now = (): number => origin + performance.now();

export const nodeHost: Host = {
  now,
  setAlarm: (at, ring) => setAlarm(at, now, ring),
  soon: (job) => queueMicrotask(job),
  afterTurn: (job) => void setImmediate(job),
  afterPoll,
  after(delay, job) {
    const timer = setTimeout(job, delay);
    return () => clearTimeout(timer);
  },
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
  warn: (code, message) => process.emitWarning(message, { type: "LibdillWarning", code }),
  sockets: nodeSockets,
};
