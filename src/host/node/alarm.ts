// One Node timer serves all deadlines. Setting a later alarm leaves the timer alone and setting an earlier one
// replaces it. A server sets and clears a deadline with every operation, so few of these may cost a timer.
import { clearImmediate, clearTimeout, setImmediate, setTimeout } from "./timers.js";

/** The longest delay that Node accepts. */
const maxDelay = 2 ** 31 - 1;

let timer: NodeJS.Timeout | undefined;
let timerAt = Infinity;
let overdue: NodeJS.Immediate | undefined;
let ring: () => void = () => {};

export function setAlarm(at: number, now: () => number, whenDue: () => void): void {
  ring = whenDue;
  if (at === Infinity) {
    disarm();
    return;
  }
  if (timerAt <= at) {
    timer?.ref();
    return;
  }
  const delay = at - now();
  if (delay <= 0) {
    overdue ??= setImmediate(ringOverdue);
    return;
  }
  clearTimeout(timer);
  timerAt = at;
  timer = setTimeout(ringTimer, Math.min(Math.ceil(delay), maxDelay));
}

export function clearAlarm(): void {
  disarm();
  clearTimeout(timer);
  timer = undefined;
  timerAt = Infinity;
}

/** The timer stays, because the next operation may want it. It only stops keeping the process alive. */
function disarm(): void {
  timer?.unref();
  if (overdue === undefined) return;
  clearImmediate(overdue);
  overdue = undefined;
}

function ringTimer(): void {
  timer = undefined;
  timerAt = Infinity;
  ring();
}

function ringOverdue(): void {
  overdue = undefined;
  ring();
}
