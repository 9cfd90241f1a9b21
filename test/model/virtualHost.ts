// A host in virtual time: the clock moves when nothing can run, and not otherwise. Everything happens inside
// `runUntilIdle`, synchronously, so that thousands of programs run in a second.
import type { Host } from "#src/host/host.js";
import { epoch } from "./program.js";

interface Moment {
  readonly at: number;
  readonly job: () => void;
  /** Whether a run that waits may be waiting for it. */
  readonly isRef: boolean;
}

/** Steps without a move of the clock that are too many: the library would go on for ever. */
const maxJobs = 100_000;

export class VirtualHost {
  private time = epoch;
  private alarm: { readonly at: number; readonly ring: () => void } | null = null;
  private readonly microtasks: (() => void)[] = [];
  private readonly polls: (() => void)[] = [];
  private readonly macrotasks: (() => void)[] = [];
  private readonly moments: Moment[] = [];
  private readonly watches = new Set<() => void>();
  private hasRunEnded = false;

  readonly members: Host = {
    now: () => this.time,
    setAlarm: (at, ring) => void (this.alarm = at === Infinity ? null : { at, ring }),
    after: (delay, job) => this.at(this.time + delay, job),
    afterUnref: (delay, job) => this.at(this.time + delay, job, false),
    microtask: (job) => void this.microtasks.push(job),
    macrotask: (job) => void this.macrotasks.push(job),
    afterPoll: (job) => void this.polls.push(job),
    random: () => 0.5,
    seesAll: false,
    openSockets: () => 0,
    keepAlive: () => () => {},
    runStarts: () => () => {},
    turnStarts() {},
    turnEnds() {},
    runEnds: () => void (this.hasRunEnded = true),
    watchForDeadlock: (report) => {
      this.watches.add(report);
      return () => void this.watches.delete(report);
    },
    warn() {},
    asyncContext: () => null,
    blankContext: () => null,
  };

  /** Something that the outside world does then. Returns how to prevent it. */
  at(at: number, job: () => void, isRef = true): () => void {
    if (at === Infinity) return () => {};
    const moment = { at, job, isRef };
    this.moments.push(moment);
    return () => {
      const index = this.moments.indexOf(moment);
      if (index >= 0) this.moments.splice(index, 1);
    };
  }

  /** Runs everything until the run has ended, and what the library has asked for until then; throws if nothing is left that could end it. */
  runUntilEnd(): void {
    let jobs = 0;
    for (;;) {
      if (++jobs > maxJobs) throw new Error("the library goes on and on");
      const job = this.microtasks.shift() ?? this.polls.shift() ?? this.macrotasks.shift();
      if (job !== undefined) job();
      else if (this.hasRunEnded) return;
      else if (!this.moveClock() && !this.reportDeadlock()) throw new Error("the run never ends");
    }
  }

  /** To the next moment; false: nothing will ever happen. */
  private moveClock(): boolean {
    const alarmAt = this.alarm?.at ?? Infinity;
    if (this.alarm === null && !this.moments.some(({ isRef }) => isRef)) return false;
    const next = this.moments.reduce<Moment | undefined>(
      (first, moment) => (first === undefined || moment.at < first.at ? moment : first),
      undefined,
    );
    if (this.alarm !== null && (next === undefined || alarmAt <= next.at)) {
      const { ring } = this.alarm;
      this.alarm = null;
      this.time = Math.max(this.time, alarmAt);
      ring();
    } else if (next !== undefined) {
      this.moments.splice(this.moments.indexOf(next), 1);
      this.time = Math.max(this.time, next.at);
      next.job();
    }
    return true;
  }

  private reportDeadlock(): boolean {
    const reports = [...this.watches];
    this.watches.clear();
    for (const report of reports) report();
    return reports.length > 0;
  }
}
