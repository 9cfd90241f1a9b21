// Deadlines in one list, the earliest first. It is entered from its end, where those of these programs belong: a
// general list of deadlines costs more. A timer is set only when no coroutine is ready.
export interface Sleeper {
  /** Its alarm has rung, and is in the list no longer. */
  ring(): void;
}

export class Alarm {
  before: Alarm | null = null;
  after: Alarm | null = null;
  readonly deadline: number;
  readonly sleeper: Sleeper;

  constructor(deadline: number, sleeper: Sleeper) {
    this.deadline = deadline;
    this.sleeper = sleeper;
  }

  set(): void {
    let before = last;
    while (before !== null && before.deadline > this.deadline) ({ before } = before);
    const after = before === null ? first : before.after;
    this.before = before;
    this.after = after;
    if (before === null) first = this;
    else before.after = this;
    if (after === null) last = this;
    else after.before = this;
  }

  unset(): void {
    const { before, after } = this;
    if (before === null) first = after;
    else before.after = after;
    if (after === null) last = before;
    else after.before = before;
  }
}

let first: Alarm | null = null;
let last: Alarm | null = null;

export function now(): number {
  return performance.now();
}

export function alarmIsSet(): boolean {
  return first !== null;
}

/** Waits for the first alarm, and rings all that are due. */
export async function nextAlarm(): Promise<void> {
  // Rounded up, as Node rounds down: whoever wakes early has to set the timer again.
  const delay = first === null ? 0 : Math.ceil(first.deadline - now()) + 1;
  await new Promise((resolve) => void setTimeout(resolve, delay));
  const time = now();
  while (first !== null && first.deadline <= time) {
    const alarm = first;
    alarm.unset();
    alarm.sleeper.ring();
  }
}
