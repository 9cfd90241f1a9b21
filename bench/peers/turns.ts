/** Counts how often the turn passes from one coroutine to another. */
export class Turns {
  count = 0;
  private last: unknown;

  take(who: unknown): void {
    if (who !== this.last) this.count += 1;
    this.last = who;
  }
}

/** The sleepers of the timer program are due within this time, long after all of them were started. */
export const timerWindow = 1;

/** How long before that, in milliseconds: also the slowest peer must have started `n` sleepers by then. */
export const timerLead = (n: number): number => 20 + n / 8;

/** A turn of so many milliseconds is long: the coroutine has to give way to the others before it goes on. */
export const longTurn = 5;

/** Keeps the thread for so many milliseconds. */
export function compute(duration: number): void {
  const end = performance.now() + duration;
  while (performance.now() < end);
}
