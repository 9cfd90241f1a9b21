// A browser as the host: clock, timers and turns. There are no sockets, and nobody tells of a standstill.
// scripts/bundle.mjs puts it in the place of nodeHost.ts, and os.ts in that of node:os, in what browsers get.
import { dillError } from "../../errors/index.js";
import type { Host, LocalSockets } from "../host.js";

const { performance } = globalThis;
const origin = performance.timeOrigin;
const now = (): number => origin + performance.now();

/** The longest delay that a timer takes. */
const longest = 2 ** 31 - 1;
const atOnce = Promise.resolve();

let alarm: ReturnType<typeof setTimeout> | undefined;
/** What waits for the browser to have had its turn, in the order in which it came. */
const jobs: (() => void)[] = [];
const { port1, port2 } = new MessageChannel();
const inbox: EventTarget = port1;
inbox.addEventListener("message", () => jobs.shift()?.());
port1.start();

/** A message is a task of its own, and is not held back as nested timers are. */
function afterTurn(job: () => void): void {
  jobs.push(job);
  port2.postMessage(null);
}

function unsupported(): never {
  throw dillError("ENOTSUP", "socket", { message: "there are no local sockets in a browser" });
}

const noSockets: LocalSockets = {
  /** What every function that takes a path reads first. */
  get longestPath() {
    return unsupported();
  },
  directory: () => "",
  lackOfDescriptors: () => undefined,
  connect: unsupported,
  listen: unsupported,
  pair: unsupported,
  adopt: unsupported,
  adoptListener: unsupported,
};

export const defaultHost: Host = {
  now,
  setAlarm(at, ring) {
    clearTimeout(alarm);
    if (at !== Infinity) {
      const delay = Math.max(0, Math.min(Math.ceil(at - now()), longest));
      alarm = setTimeout(ring, delay);
    }
  },
  microtask: (job) => void atOnce.then(job),
  macrotask: afterTurn,
  afterPoll: (job) => afterTurn(() => afterTurn(job)),
  after(delay, job) {
    const timer = setTimeout(job, delay);
    return () => clearTimeout(timer);
  },
  afterUnref(delay, job) {
    const timer = setTimeout(job, delay);
    return () => clearTimeout(timer);
  },
  random: Math.random,
  keepAlive: () => () => {},
  runStarts: () => () => {},
  turnStarts() {},
  turnEnds() {},
  runEnds() {},
  watchForDeadlock: () => () => {},
  asyncContext: () => null,
  blankContext: () => null,
  warn: (code, message) => console.warn(`${code}: ${message}`),
  sockets: noSockets,
};
