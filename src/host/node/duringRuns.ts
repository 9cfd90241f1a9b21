// What is kept as long as there are runs.
let runs = 0;
let closes: (() => void)[] = [];

export function countRun(): void {
  runs += 1;
}

export function countRunEnd(): void {
  runs -= 1;
  if (runs > 0) return;
  const ending = closes;
  closes = [];
  for (const close of ending) close();
}

/** Calls `close` once at the end of the last run. False: there is no run. */
export function keepDuringRuns(close: () => void): boolean {
  if (runs > 0 && !closes.includes(close)) closes.push(close);
  return runs > 0;
}
