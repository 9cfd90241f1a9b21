// Going to sleep and being woken.
import { arm, deadlineOf, disarm } from "./deadlines.js";
import type { Interruption, WaitSource } from "./event.js";
import { failOwner } from "./failures.js";
import { askForDrain, enqueue, withdraw } from "./readyQueue.js";
import { blocked, type Parked, ready, running, type Task } from "./task.js";
import { turnCount } from "./turns.js";

/** Blocked tasks that the outside will wake. */
let external = 0;
/** Those for whom a look at the outside may find something. */
let looking = 0;
/** Those that code beyond the host will wake, if anything does. */
let foreign = 0;

export function externalWaits(): number {
  return external;
}

/** Whether the outside may have what somebody waits for. */
export function expectsOutside(): boolean {
  return looking > 0;
}

/** One more, or one fewer, waits for a program of Effection's. */
export function countForeign(by: 1 | -1): void {
  foreign += by;
}

export function foreignWaits(): number {
  return foreign;
}

/** Puts the running task, or a guest, to sleep in the operation. Infinity: no deadline. */
export function park(task: Task, operation: Parked, deadline: number): void {
  task.state = blocked;
  task.operation = operation;
  task.since = turnCount();
  if (deadline !== Infinity) arm(task, deadline);
  if (task.generator === null) askForDrain(); // a guest sleeps outside the loop, which sets the alarm
}

/** The wait that the task has begun will not be ended from inside, or not by itself. */
export function waitForOutside(task: Task, source: WaitSource): void {
  task.source = source;
  count(source, 1);
}

function count(source: WaitSource, by: number): void {
  if (source === "outside" || source === "signal") external += by;
  if (source === "outside" || source === "stream") looking += by;
  if (source === "stream" || source === "signal") foreign += by;
}

/** The outside that was to end the task's wait will not do so any more. */
export function stopWaitingForOutside(task: Task): void {
  if (task.source === "inside") return;
  leaveOutside(task);
  askForDrain(); // which looks for a deadlock
}

function leaveOutside(task: Task): void {
  count(task.source, -1);
  task.source = "inside";
}

/** Gives a sleeping task the deadline that it went to sleep without. */
export function setDeadline(task: Task, deadline: number): void {
  if (deadline !== Infinity) arm(task, deadline);
  askForDrain();
}

/** The wait is over, with a result. */
export function wake(task: Task): void {
  unpark(task);
  enqueue(task);
}

/** The wait is over, without a result. */
export function interrupt(task: Task, why: Interruption): void {
  cutShort(task, why);
  if (task.state === ready) enqueue(task);
}

/**
 * As {@link interrupt}, but the caller steps the task. What the operation takes back may call the user's code,
 * which may end the task: the caller looks at the state again.
 */
export function cutShort(task: Task, why: Interruption): void {
  const operation = unpark(task);
  operation.interruption = why;
  takeBack(task, operation);
}

/** The user's own object may throw, a stream, say, and a scope has its errors: that must keep nobody from ending. */
function takeBack(task: Task, operation: Parked): void {
  try {
    operation.undo();
  } catch (error) {
    failOwner(task.owner, error);
  }
}

function unpark(task: Task): Parked {
  const operation = task.operation as Parked;
  task.operation = null;
  task.state = ready;
  disarm(task);
  if (task.source !== "inside") leaveOutside(task);
  return operation;
}

/**
 * The task was put to sleep, and yet its code goes on: a list pattern has taken a helper apart that runs the operation,
 * say, or `next()` was called by hand. The wait is taken back.
 */
export function rouse(task: Task): void {
  if (task.state === blocked) {
    const operation = unpark(task);
    operation.interruption = "taken apart";
    task.state = running;
    takeBack(task, operation);
  } else if (task.state === ready) {
    withdraw(task);
    task.state = running;
  }
}

/** The wait was meant for another task; the one that took it up is running. */
export function handOver(from: Task, to: Task): void {
  const wasReady = from.state === ready;
  if (wasReady) withdraw(from);
  to.operation = from.operation;
  to.state = from.state;
  to.since = from.since;
  to.source = from.source;
  from.source = "inside";
  if (from.heapIndex >= 0) {
    const deadline = deadlineOf(from);
    disarm(from);
    arm(to, deadline);
  }
  from.operation = null;
  from.state = running;
  if (wasReady) enqueue(to);
  askForDrain();
}
