// The loop. A wake-up from outside (a socket, the alarm, a plain function called by a Node callback) queues the
// coroutine and asks for a drain right behind the code that runs now. The drain steps whatever is ready until
// nothing is or the turn is over; then Node's timers and I/O have their turn.
import type { HeapMember } from "../collections/index.js";
import { current, importOne, isSecondCopy } from "../handles/index.js";
import { host } from "../host/index.js";
import { nextDeadline, takeDue } from "./deadlines.js";
import type { WaitSource } from "./event.js";
import { expectsOutside, externalWaits, interrupt } from "./park.js";
import {
  askForDrain,
  drainEnds,
  drainLater,
  drainStarts,
  drainWith,
  enqueue,
  hasJobs,
  hasWork,
  isDrainPending,
  takeJob,
  takeNext,
} from "./readyQueue.js";
import { step } from "./step.js";
import { blocked, Guest, type Parked, Task } from "./task.js";
import { countUnit, isTurnOver, mayRunAt, startTurn } from "./turn.js";
import { countTurn, countStarts } from "./turns.js";

let onIdle: () => void = () => {};
let onBusy: () => void = () => {};
/** How many waits are to be given up, after a last look at the outside. */
let overdue = 0;

/** A deadline that is no task's: of a grace. */
export interface Alarm extends HeapMember {
  ring(): void;
}

/** Told when nothing of ours can wake a coroutine any more, and when that is over. */
export function watchIdleness(idle: () => void, busy: () => void): void {
  onIdle = idle;
  onBusy = busy;
}

drainWith(drain);

if (isSecondCopy) {
  host.warn(
    "SECOND_COPY",
    "two copies of libdill-ts are loaded in this process: handles of one are EBADF in the other; " +
      `${importOne} (npm ls libdill-ts)`,
  );
}

function drain(): void {
  const time = host.now();
  if (mayRunAt(time)) drainAt(time);
  else drainLater(nextTurn);
}

function nextTurn(): void {
  const time = host.now();
  startTurn(time);
  drainAt(time);
}

function drainAt(time: number): void {
  countTurn(time);
  drainStarts();
  host.turnStarts();
  onBusy();
  let isTimeUp = false;
  try {
    for (;;) {
      if (hasJobs()) {
        current.task = null;
        takeJob()?.();
      }
      if (countUnit() && hasWork() && isTurnOver()) {
        isTimeUp = true;
        break;
      }
      const task = takeNext();
      if (task !== undefined) step(task);
      else if (!hasJobs()) break;
    }
  } finally {
    current.task = null;
    drainEnds();
    countStarts();
    host.turnEnds();
    if (isTimeUp || hasWork()) drainLater(nextTurn);
    armAlarm();
  }
}

/** Sets the alarm, and tells when there is nothing to wait for. */
function armAlarm(): void {
  const deadline = nextDeadline();
  host.setAlarm(deadline, onAlarm);
  if (deadline !== Infinity || isDrainPending() || overdue > 0) return;
  if (externalWaits() === 0 || host.seesAll) onIdle();
}

/** How long deadlines may be dealt with in one go, in milliseconds. */
const maxAlarm = 2;

/** A wait whose deadline has come. */
interface OverdueWait {
  readonly task: Task;
  readonly operation: Parked;
}

/** How many deadlines may come due before the clock is looked at again. */
const maxDue = 100;

/**
 * Deadlines have come due. What the outside was to end, if only through coroutines, gets a last look there. Of very many, the rest comes
 * after the process's other timers and I/O: the alarm that is set at the end rings at once.
 */
function onAlarm(): void {
  const time = host.now();
  const waits: OverdueWait[] = [];
  for (let count = 1; ; count++) {
    if (count % maxDue === 0 && host.now() - time > maxAlarm) break;
    const member = takeDue(time);
    if (member === undefined) break;
    if (!(member instanceof Task)) {
      (member as Alarm).ring();
      continue;
    }
    const { operation } = member;
    if (operation === null) continue;
    if (mayLook(member.source)) waits.push({ task: member, operation });
    else timeOut(member, operation);
  }
  if (waits.length > 0) {
    overdue += waits.length;
    // Don't add them to those that wait for a poll already: it may have been before these began.
    lookOnce(() => {
      // A wait may depend on a coroutine that only the poll has woken: a Node stream on top of a socket of ours has some.
      if (hasWork()) lookOnce(() => giveUp(waits));
      else giveUp(waits);
    });
  }
  if (!isDrainPending()) armAlarm();
}

/** Whether the outside may have what ends the wait. A coroutine that waits for it may be what others wait for. */
function mayLook(source: WaitSource): boolean {
  return source === "coroutines" ? expectsOutside() : source !== "inside";
}

/** Runs the job when all coroutines that are ready have had their turn, and all I/O that is possible then has been reported. */
function lookOnce(job: () => void): void {
  if (!hasWork()) {
    host.afterPoll(job);
    return;
  }
  const last = new Guest();
  last.resume = () => host.afterPoll(job);
  enqueue(last);
}

function timeOut(task: Task, operation: Parked): void {
  if (operation.isScope) operation.timeOutInside();
  else interrupt(task, "ETIMEDOUT");
}

function giveUp(waits: readonly OverdueWait[]): void {
  overdue -= waits.length;
  for (const { task, operation } of waits) {
    // It may have been woken, and sleep again in another operation or under another deadline.
    if (task.state === blocked && task.operation === operation && task.heapIndex < 0) {
      timeOut(task, operation);
    }
  }
  askForDrain();
}
