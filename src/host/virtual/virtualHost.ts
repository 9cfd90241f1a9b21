// A host in virtual time.
import type { Host } from "../host.js";
import { host as real } from "../current.js";
import type { EventLoop } from "./eventLoop.js";

/** Whom the host tells of what only the driver of its loop can deal with. */
export interface Driver {
  /** A run is about to start. Throws if it is none of the program's. */
  runStarts(): void;
  /** Nothing of ours can wake a coroutine; null: that is over. */
  standstill(report: (() => void) | null): void;
  /** One more, or one fewer, waits for something that the host does not bring. */
  keptAlive(by: 1 | -1): void;
  random(): number;
  openSockets(): number;
  /** Calls it when what the program has begun in the real world has had its turns there. */
  whenCalm(job: () => void): void;
}

export function virtualHost(loop: EventLoop, driver: Driver): Host {
  const later = (delay: number, job: () => void, isRef = true): (() => void) => {
    return loop.at(loop.moment + delay, { what: "a timer comes" }, job, isRef);
  };
  return {
    ...real,
    seesAll: true,
    now: () => loop.now(),
    setAlarm: (at, ring) => loop.setAlarm(at, () => driver.whenCalm(ring)),
    after: (delay, job) => later(delay, job),
    afterUnref: (delay, job) => later(delay, job, false),
    microtask: (job) => loop.microtask(job),
    macrotask: (job) => loop.macrotask(job),
    afterPoll: (job) => loop.afterPoll(() => driver.whenCalm(job)),
    random: () => driver.random(),
    keepAlive() {
      driver.keptAlive(1);
      return once(() => driver.keptAlive(-1));
    },
    runStarts() {
      driver.runStarts();
      return () => {};
    },
    turnStarts() {},
    turnEnds() {},
    runEnds() {},
    openSockets: () => driver.openSockets(),
    watchForDeadlock(report) {
      driver.standstill(report);
      return () => driver.standstill(null);
    },
  };
}

function once(job: () => void): () => void {
  let isDone = false;
  return () => {
    if (!isDone) job();
    isDone = true;
  };
}
