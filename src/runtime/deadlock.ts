// The watch for deadlocks: when nothing of ours can wake a coroutine, the host is asked whether anything else in the
// process can.
import { host } from "../host/index.js";
import { type TaskGroup, watchIdleness } from "../kernel/index.js";

/** A run, as far as the watch knows it. */
export interface WatchedRun {
  /** Its caller has given it a signal that can still come: the process stays for that. */
  readonly expectsSignal: boolean;
  /** Something outside may cancel it. */
  readonly mayBeCanceled: boolean;
  /** How much work of others it waits for: of Effection's, say. */
  readonly unfinished: number;
  /** Its coroutines and what they wait for, as text: numbered from its main coroutine, which is 0. */
  describe(): readonly string[];
  /** By which all its coroutines are found. */
  groups(): readonly TaskGroup[];
  /** One of its coroutines can go on after all. */
  readonly isAwake: boolean;
  deadlocked(): void;
  /** It can't go on: its main coroutine is canceled, and the run fails with the error. */
  fail(error: unknown): void;
}

/** The runs that have not ended, in the order of their start. */
export const watchedRuns: ReadonlySet<WatchedRun> = new Set<WatchedRun>();
const runs = watchedRuns as Set<WatchedRun>;

let stopWatching: () => void = () => {};
let isWatching = false;

export function watchRun(run: WatchedRun): void {
  runs.add(run);
}

export function leaveWatch(run: WatchedRun): void {
  runs.delete(run);
  if (runs.size === 0) stopWatching();
}

watchIdleness(
  function idle() {
    if (isWatching || runs.size === 0) return;
    isWatching = true;
    const all = [...runs];
    const stop = all.some((run) => run.expectsSignal)
      ? host.keepAlive()
      : host.watchForDeadlock(
          report,
          all.some((run) => run.mayBeCanceled),
        );
    stopWatching = () => {
      isWatching = false;
      stopWatching = () => {};
      stop();
    };
  },
  function busy() {
    stopWatching();
  },
);

function report(): void {
  stopWatching();
  // The end of one may set the next one free. It leaves the set, which a loop over it allows.
  for (const stuck of runs) if (!stuck.isAwake) stuck.deadlocked();
}
