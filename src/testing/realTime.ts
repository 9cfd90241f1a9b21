// The real clock and the real event loop, as they were at load: tests replace the globals.
import { RealWork } from "../host/virtual/index.js";

const { setImmediate, setTimeout, clearTimeout, performance, process } = globalThis;
const now = performance.now.bind(performance);
const resolved = Promise.resolve();
let work: RealWork | undefined;

/** What goes on in the process while a simulation is under way. */
export function realWork(): RealWork {
  work ??= new RealWork();
  return work;
}

export const realTime = {
  /** In milliseconds. */
  now: (): number => now(),
  microtask: (job: () => void): void => void resolved.then(job),
  immediate: (job: () => void): void => void setImmediate(job),
  /** The function returned prevents it. */
  after(delay: number, job: () => void): () => void {
    const timer = setTimeout(job, delay);
    return () => clearTimeout(timer);
  },
  /** The same, but it is nothing that a program could wait for. */
  afterUnref(delay: number, job: () => void): () => void {
    const timer = setTimeout(job, delay).unref();
    return () => clearTimeout(timer);
  },
};

/** After the real world's timers and I/O have had a turn. */
export function nextTurn(): Promise<void> {
  return new Promise((go) => {
    realTime.immediate(go);
  });
}

/** What keeps the process alive, by name: `"Timeout"`, `"PipeWrap"`. */
export function countResources(): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const name of process.getActiveResourcesInfo()) {
    if (name !== "Immediate") counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return counts;
}

let before: ReadonlyMap<string, number> = new Map<string, number>();

/** A simulation is about to begin: what keeps the process alive now is not of its program's making. */
export function noteResources(): void {
  before = countResources();
}

export function earlierResources(): ReadonlyMap<string, number> {
  return before;
}
