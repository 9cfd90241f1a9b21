// The loop: whose turn it is, one step of a coroutine, and when Node gets its turn.
//
// A wake-up from outside (a socket, the alarm, a plain function called by a Node callback) queues the
// coroutine and asks for a drain right behind the code that runs now. The drain steps whatever is
// ready, first come, first served, until nothing is or a few milliseconds are over; then Node's timers
// and I/O have their turn.
import { Ring } from "../collections/index.js";
import { type DillError, dillError, signalError } from "../errors/index.js";
import { running as cell } from "../handles/index.js";
import { host } from "../host/index.js";
import { contextOf, currentContext } from "./asyncContext.js";
import {
  blocked,
  done,
  ready,
  running,
  type AnyGenerator,
  type Parked,
  type Task,
} from "./coroutine.js";
import { misuse } from "./misuse.js";
import { arm, disarm, nextDeadline, takeDue } from "./timers.js";

/** How long coroutines may keep the process from its timers and I/O, in milliseconds. */
const turnLength = 4;
/** When nothing has run for so long, in milliseconds, the process's timers and I/O have had their turn. */
const pauseLength = 1;
/** How many steps may be nested on the JavaScript stack: by go, and by hclose. */
const deepest = 100;

type NextOf = (this: AnyGenerator) => IteratorResult<unknown>;

/** The prototype of all generators. */
export const generatorPrototype: { readonly next: NextOf } = Object.getPrototypeOf(
  function* () {},
).prototype;

const queue = new Ring<Task>();
const jobs: (() => void)[] = [];
/** How many in the queue are no longer ready. */
let withdrawn = 0;
/** When the turn under way began. */
let turnStart = 0;
/** When the clock was looked at last. */
let lastLook = -Infinity;
/** Steps until the drain looks at the clock. */
let untilLook = 1;
let atOnce = 0;
let isDraining = false;
let isDrainAsked = false;
/** Coroutines that have been started and have not ended. */
let live = 0;
/** Blocked tasks that the outside will wake. */
let external = 0;
/** How many are to be given up, after a last look at the outside. */
let overdue = 0;
let onIdle: () => void = () => {};
let onBusy: () => void = () => {};

/** The task whose code runs now. */
export function currentTask(): Task | null {
  return cell.maker as Task | null; // only this file writes the cell
}

/** The tasks that wait on the JavaScript stack for the current one; null for a caller from outside. */
export const outerTasks: (Task | null)[] = [];

export function noteStart(): void {
  live += 1;
}

/** How many coroutines there are in the whole process. */
export function liveCoroutines(): number {
  return live;
}

/** How many undos are nested on the stack: that of a block cancels what runs in it. */
let undoing = 0;

export function isTooDeep(): boolean {
  return outerTasks.length + undoing >= deepest;
}

/** Told when nothing of ours can wake a coroutine any more, and when that is over. */
export function watchIdleness(idle: () => void, busy: () => void): void {
  onIdle = idle;
  onBusy = busy;
}

/** Puts the running task, or a guest, to sleep in the operation. Infinity: no deadline. */
export function park(task: Task, operation: Parked, deadline: number): void {
  task.state = blocked;
  task.operation = operation;
  task.rank = deadline;
  if (deadline !== Infinity) arm(task, deadline);
  if (task.generator === null) askForDrain(); // a guest sleeps outside the loop, which sets the alarm
}

/** The world outside will end the wait that the task is about to begin. */
export function waitForOutside(task: Task): void {
  task.waitsForOutside = true;
  external += 1;
}

/** Gives a sleeping task the deadline that it went to sleep without. */
export function setDeadline(task: Task, deadline: number): void {
  task.rank = deadline;
  if (deadline !== Infinity) arm(task, deadline);
  askForDrain();
}

/** The wait was meant for another task; the one that took it up is running. */
export function handOver(from: Task, to: Task): void {
  const wasReady = from.state === ready;
  to.rank = from.rank;
  to.operation = from.operation;
  to.state = from.state;
  to.waitsForOutside = from.waitsForOutside;
  from.waitsForOutside = false;
  if (from.place >= 0) {
    disarm(from);
    arm(to, to.rank);
  }
  from.operation = null;
  from.state = running;
  if (wasReady) enqueue(to);
  askForDrain();
}

/** The wait is over, with a result. */
export function wake(task: Task): void {
  unpark(task);
  enqueue(task);
}

/** The wait is over, without a result. */
export function interrupt(task: Task, why: Parked["interruption"]): void {
  cutShort(task, why);
  enqueue(task);
}

/** As interrupt, but the caller steps the task itself. */
export function cutShort(task: Task, why: Parked["interruption"]): void {
  const operation = unpark(task);
  operation.interruption = why;
  undoing += 1;
  operation.undo();
  undoing -= 1;
}

function unpark(task: Task): Parked {
  const operation = task.operation as Parked;
  task.operation = null;
  task.state = ready;
  disarm(task);
  if (task.waitsForOutside) {
    task.waitsForOutside = false;
    external -= 1;
  }
  return operation;
}

/** To the tail of the ready queue. */
export function enqueue(task: Task): void {
  task.state = ready;
  queue.push(task);
  askForDrain();
}

/** A ready task is about to be driven by its canceler: the queue must not hold on to it for long. */
export function withdraw(task: Task): void {
  if (queue.dropLast(task)) return;
  withdrawn += 1;
  if (withdrawn < 1000 || withdrawn * 2 < queue.length) return;
  queue.keep((other) => other.state === ready && other !== task);
  withdrawn = 0;
}

/** Runs the job as soon as no coroutine is on the stack. */
export function whenAtRest(job: () => void): void {
  jobs.push(job);
  askForDrain();
}

/** The drain sets the alarm, too. */
export function askForDrain(): void {
  if (isDraining || isDrainAsked) return;
  isDrainAsked = true;
  host.microtask(drain);
}

function drain(): void {
  const start = host.now();
  if (start - lastLook > pauseLength) turnStart = start;
  else if (start - turnStart > turnLength) {
    // One drain after the other, without any I/O between: promises keep waking coroutines.
    host.macrotask(nextTurn);
    return;
  }
  isDrainAsked = false;
  isDraining = true;
  host.turnStarts();
  onBusy();
  let stride = 1; // steps between two looks at the clock: few while steps are long
  untilLook = stride;
  lastLook = start;
  let isTimeUp = false;
  try {
    for (;;) {
      if (jobs.length > 0) {
        cell.maker = null;
        jobs.shift()?.();
      }
      if (untilLook <= 0 && queue.length > 0) {
        const time = host.now();
        if (time - turnStart > turnLength) {
          isTimeUp = true;
          break;
        }
        const isLong = time - lastLook >= turnLength / 16;
        stride = isLong ? stride >> 1 || 1 : Math.min(stride * 2, 1024);
        untilLook = stride;
        lastLook = time;
      }
      const task = queue.shift();
      if (task === undefined) {
        if (jobs.length > 0) continue;
        break;
      }
      if (task.state !== ready) {
        withdrawn -= 1; // whoever canceled it has driven it to its end
        continue;
      }
      step(task);
      untilLook -= 1;
    }
  } finally {
    cell.maker = null;
    isDraining = false;
    lastLook = host.now();
    host.turnEnds();
    if (isTimeUp || queue.length > 0 || jobs.length > 0) {
      isDrainAsked = true;
      host.macrotask(nextTurn);
    }
    settle();
  }
}

function nextTurn(): void {
  lastLook = -Infinity;
  drain();
}

/** Whether the coroutines have had the process long enough; to be asked before each operation. */
export function isTurnOver(): boolean {
  if ((++atOnce & 63) !== 0 || host.now() - turnStart < turnLength) return false;
  untilLook = 1;
  return true;
}

/** Sets the alarm, and tells when there is nothing to wait for. */
function settle(): void {
  const deadline = nextDeadline();
  host.setAlarm(deadline, ring);
  if (deadline === Infinity && external === 0 && !isDrainAsked && overdue === 0) onIdle();
}

/** A wait whose deadline has come. */
interface OverdueWait {
  readonly task: Task;
  readonly operation: Parked;
}

/** Deadlines have come due. What the outside was to end gets a last look at the outside. */
function ring(): void {
  const time = host.now();
  const waits: OverdueWait[] = [];
  for (let task = takeDue(time); task !== undefined; task = takeDue(time)) {
    const { operation } = task;
    if (task.waitsForOutside && operation !== null) waits.push({ task, operation });
    else interrupt(task, "ETIMEDOUT");
  }
  if (waits.length > 0) {
    overdue += waits.length;
    // Don't add them to those that wait for a poll already: it may have been before these began.
    host.afterPoll(() => giveUp(waits));
  }
  if (!isDrainAsked) settle();
}

function giveUp(waits: readonly OverdueWait[]): void {
  overdue -= waits.length;
  const time = host.now();
  for (const { task, operation } of waits) {
    // It may have been woken, and sleep again in another operation or under another deadline.
    const isStill = task.operation === operation && task.place < 0 && task.rank <= time;
    if (isStill) interrupt(task, "ETIMEDOUT");
  }
  askForDrain();
}

/** Steps a task on top of whatever runs now. */
export function stepNested(task: Task): void {
  const { closing } = cell;
  const counted = atOnce;
  const outer = currentTask();
  if (outer === null && !isDraining) turnStart = host.now();
  outerTasks.push(outer);
  cell.closing = 0;
  atOnce = 0; // its first operations begin now: coroutines started one after the other wait in that order
  try {
    step(task);
  } finally {
    atOnce = counted;
    outerTasks.pop();
    cell.maker = outer;
    cell.closing = closing;
    if (outer === null) {
      if (task.state !== done) task.context ??= currentContext(); // the first ever may be its own
      askForDrain(); // the alarm may have to be set anew
    }
  }
}

/** Calls a function as if it came from outside: what it does is not the running coroutine's doing. */
export function asOutsider<T>(call: () => T): T {
  const { closing } = cell;
  const outer = currentTask();
  outerTasks.push(outer);
  cell.maker = null;
  cell.closing = 0;
  try {
    return call();
  } finally {
    outerTasks.pop();
    cell.maker = outer;
    cell.closing = closing;
  }
}

/**
 * One step: up to the next operation that waits, the next bare yield, or the end. Never throws. It leaves
 * the task in the cell, for the next step or the end of the drain to replace.
 */
function step(task: Task): void {
  const context = contextOf(task);
  if (context === null) stepHere(task);
  else context.runInAsyncScope(stepAndTakeAlong, task);
}

function stepAndTakeAlong(this: Task): void {
  stepHere(this);
  if (this.state !== done) this.context = currentContext();
}

function stepHere(task: Task): void {
  task.state = running;
  const { generator } = task;
  if (generator === null) {
    resumeGuest(task);
    return;
  }
  cell.maker = task;
  let result: IteratorResult<unknown>;
  try {
    result = nextOf.call(generator);
    while (result.done !== true && task.state === running) {
      if (mustEnd(task)) {
        endStubborn(task, generator);
        return;
      }
      if (result.value === undefined && !task.isCanceled) {
        enqueue(task);
        return;
      }
      result = generator.throw(
        result.value === undefined ? cancellation(task, "yield") : misuse(result.value),
      );
    }
  } catch (error) {
    end(task, error, true);
    return;
  }
  if (result.done === true) end(task, result.value, false);
}

// Every generator function gives its generators a shape of their own; this way the loop need not look
// up the same method in each of them.
const nextOf: NextOf = generatorPrototype.next;

function resumeGuest(task: Task): void {
  cell.maker = null;
  task.state = done;
  task.resume?.();
}

/** How many operations that need no wait a canceled coroutine may begin; then they are ECANCELED, too. */
const operationsAllowed = 10_000;
/** How many of them a refusal counts for: an ECANCELED that did not end the coroutine. */
const operationsPerRefusal = 10;
/** Then it is ended: after 1000 refusals, or 100 on top of all those operations. */
const mostOperations = operationsAllowed + 1000;
const returnsAllowed = 100;

/** The ECANCELED for an operation in a task that is being canceled. */
export function cancellation(task: Task | null, syscall: string, address?: string): DillError {
  if (task !== null && task.isCanceled) {
    task.refusals += operationsPerRefusal;
  }
  return signalError("ECANCELED", syscall, address);
}

/** It has refused to end too often: the next step ends it. */
export function mustEnd(task: Task): boolean {
  return task.refusals > mostOperations;
}

/** A canceled task begins another operation; returns whether it has begun too many. */
export function countOperation(task: Task): boolean {
  if (task.refusals < operationsAllowed) task.refusals += 1;
  return task.refusals >= operationsAllowed;
}

/** Ends a coroutine that catches every ECANCELED and goes on: through its finally blocks. */
function endStubborn(task: Task, generator: AnyGenerator): void {
  const message =
    "a canceled coroutine has caught ECANCELED again and again and went on; " +
    "rethrow it, or leave the loop when isErrno(e, 'ECANCELED')";
  const verdict = dillError("EDEADLK", "hclose", { message });
  try {
    for (let i = 0; i < returnsAllowed; i++) {
      if (generator.return(undefined).done === true) break;
    }
  } catch (error) {
    verdict.cause = error;
  }
  end(task, verdict, true);
}

function end(task: Task, value: unknown, hasThrown: boolean): void {
  live -= 1;
  task.state = done;
  task.value = value;
  task.hasThrown = hasThrown;
  task.generator = null;
  const { joiners } = task;
  if (joiners !== null) {
    for (let joiner = joiners.first; joiner !== null; joiner = joiners.first) {
      joiners.remove(joiner);
      joiner.taskEnded();
    }
  }
  // The group may step other tasks now; this one is off the stack as far as they are concerned.
  cell.maker = null;
  task.group?.ended(task);
}
