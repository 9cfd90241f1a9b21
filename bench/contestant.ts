// What a contestant is: one peer's version of one program.

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
  readonly result: number;
}

/** What a program measures. A contestant of kind "result" returns the amount itself. */
export type Quantity = "time" | "heap" | "result";

/** Runs a contestant once, in this process. */
export async function measure(
  contestant: Contestant,
  n: number,
  quantity: Quantity,
): Promise<Reading> {
  // Don't collect garbage before a measurement of time, because V8 then drops optimized code, too.
  const gauge = quantity === "heap" ? heapInUse : nanoseconds;
  let before = gauge();
  let after: number | undefined;
  const meter: Meter = {
    start() {
      before = gauge();
    },
    stop() {
      after = gauge();
    },
  };
  const result = await contestant(n, meter);
  const amount = (after ?? gauge()) - before;
  return { amount: quantity === "result" ? result : amount, result };
}

function nanoseconds(): number {
  return performance.now() * 1e6;
}

function heapInUse(): number {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}
