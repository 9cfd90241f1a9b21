// What a contestant is: one peer's version of one program.
import { PerformanceObserver, type PerformanceEntry } from "node:perf_hooks";

/** Says when the part that counts begins and ends. Without it, the whole call counts. */
export interface Meter {
  /** The measured part begins here; called again, it begins again. */
  start(): void;
  /** The measured part ends here. */
  stop(): void;
}

/**
 * Does `n` of what the program counts and returns how many of them came out right, or the program's
 * result: the harness compares it with what the program expects.
 */
export type Contestant = (n: number, meter: Meter) => Promise<number> | number;

/** A peer's versions of the programs, by the program's name. */
export type Contestants = Readonly<Record<string, Contestant>>;

export interface Reading {
  /** Nanoseconds or bytes, for all `n`. */
  readonly amount: number;
  /** Nanoseconds of the processor's time that this process took, for all `n`. */
  readonly processor: number;
  readonly result: number;
}

/**
 * What a program measures: nanoseconds, bytes of heap, bytes of the process, what C++ has of them included, the nanoseconds
 * that collecting garbage took, or what the contestant returns.
 */
export type Quantity = "time" | "heap" | "memory" | "collecting" | "result";

/** Runs a contestant once, in this process. */
export async function measure(
  contestant: Contestant,
  n: number,
  quantity: Quantity,
): Promise<Reading> {
  // Don't collect garbage before a measurement of time, because V8 then drops optimized code, too.
  const gauge = gauges[quantity] ?? nanoseconds;
  const read = (): Gauges => ({ gauge: gauge(), processor: processorTime() });
  let before = read();
  let after: Gauges | undefined;
  const meter: Meter = {
    start() {
      before = read();
    },
    stop() {
      after = read();
    },
  };
  const collections = quantity === "collecting" ? observeCollections() : undefined;
  const result = await contestant(n, meter);
  after ??= read();
  const processor = after.processor - before.processor;
  if (quantity === "result") return { amount: result, processor, result };
  if (collections === undefined) return { amount: after.gauge - before.gauge, processor, result };
  return { amount: await collections(before.gauge, after.gauge), processor, result };
}

interface Gauges {
  readonly gauge: number;
  readonly processor: number;
}

/** Returns what tells how long, between two points in time, garbage was collected. */
function observeCollections(): (start: number, end: number) => Promise<number> {
  const entries: PerformanceEntry[] = [];
  const observer = new PerformanceObserver((list) => void entries.push(...list.getEntries()));
  observer.observe({ entryTypes: ["gc"] });
  return async (start, end) => {
    await new Promise((resolve) => void setTimeout(resolve, 1)); // by then the observer has been told
    observer.disconnect();
    const durations = entries
      .filter(({ startTime }) => startTime * 1e6 >= start && startTime * 1e6 <= end)
      .map(({ duration }) => duration * 1e6);
    return durations.reduce((a, b) => a + b, 0);
  };
}

const gauges: Readonly<Partial<Record<Quantity, () => number>>> = {
  heap: heapInUse,
  memory: residentSet,
};

function nanoseconds(): number {
  return performance.now() * 1e6;
}

function processorTime(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) * 1000;
}

function heapInUse(): number {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}

function residentSet(): number {
  globalThis.gc?.();
  return process.memoryUsage().rss;
}
