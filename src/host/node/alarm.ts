// One Node timer for all deadlines. A later alarm does not touch it and an earlier one replaces it, so
// that arming and disarming a deadline, once per operation in a server, seldom costs a timer.

/** The longest delay that Node takes. */
const longest = 2 ** 31 - 1;

let timer: NodeJS.Timeout | undefined;
let timerAt = Infinity;
let overdue: NodeJS.Immediate | undefined;
let ring: () => void = () => {};

export function setAlarm(at: number, now: () => number, whenDue: () => void): void {
  ring = whenDue;
  if (at === Infinity) {
    putOut();
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
  timer = setTimeout(ringTimer, Math.min(Math.ceil(delay), longest));
}

export function clearAlarm(): void {
  putOut();
  clearTimeout(timer);
  timer = undefined;
  timerAt = Infinity;
}

/** Nobody waits: the timer must not keep the process, but may well be wanted again in a moment. */
function putOut(): void {
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
