// One step of a coroutine, and the steps that are nested on the JavaScript stack.
import { type DillError, isErrno } from "../errors/index.js";
import { current } from "../handles/index.js";
import { contextOf, currentContext } from "./asyncContext.js";
import { fireAll } from "./event.js";
import { foreignResume, misuse } from "./misuse.js";
import { rouse } from "./park.js";
import { askForDrain, enqueue, isDrainUnderWay } from "./readyQueue.js";
import { cancellationError, countMisuse, endStubborn, mustEnd } from "./refusals.js";
import {
  type AnyGenerator,
  done,
  type Ending,
  final,
  Guest,
  none,
  running,
  type Task,
} from "./task.js";
import { countUnit, startTurnFromOutside } from "./turn.js";

/** How many steps may be nested on the JavaScript stack before go queues, and hclose ends the leaves first. */
const maxNesting = 100;
/** How many may be nested where neither helps: the stack has room for some 700. */
const maxChain = 400;

type NextOf = (this: AnyGenerator) => IteratorResult<unknown>;

/** The prototype of all generators. */
export const generatorPrototype: { readonly next: NextOf } = Object.getPrototypeOf(
  function* () {},
).prototype;

// Every generator function gives its generators a shape of their own; this way the loop need not look
// up the same method in each of them.
const nextOf: NextOf = generatorPrototype.next;

/** Coroutines that have been started and have not ended, in the whole process. */
let live = 0;

/** The tasks that wait on the JavaScript stack for the current one; null for a caller from outside. */
export const stepStack: (Task | null)[] = [];

/** How many cancellations of scopes are nested on the stack, one inside the other. */
let nestedScopes = 0;

export function noteStart(task: Task): void {
  live += 1;
  if (task.owner !== null) task.owner.live += 1;
}

export function liveCoroutines(): number {
  return live;
}

/** The task whose code runs now. */
export function currentTask(): Task | null {
  return current.task as Task | null; // only this file writes the cell
}

/** Whether an operation may begin at once: in a coroutine that nobody has told to end, in a turn that is not over. */
export function mayBegin(): boolean {
  const caller = current.task as Task | null;
  return (
    caller !== null &&
    caller.cancellation === none &&
    caller.state === running &&
    current.closing === 0 &&
    !countUnit()
  );
}

/** Whether the task's own code runs now. */
export function isRunning(task: Task): boolean {
  return current.task === task && task.state === running;
}

/** Whether the task's code runs, or waits on the JavaScript stack for the code that does. */
export function isOnStack(task: Task): boolean {
  return current.task === task || stepStack.includes(task);
}

export function isTooDeep(): boolean {
  return stepStack.length + nestedScopes >= maxNesting;
}

/** Whether coroutines close each other, each in the finally of the one before, so deep that the stack would overflow. */
export function isAtEndOfStack(): boolean {
  return stepStack.length + nestedScopes >= maxChain;
}

/** Calls what cancels inside a scope, which counts as one level of nesting. */
export function insideScope(act: () => void): void {
  nestedScopes += 1;
  try {
    act();
  } finally {
    nestedScopes -= 1;
  }
}

/** Whether a coroutine waits on the JavaScript stack for the one that runs. */
export function hasRunningTask(): boolean {
  return stepStack.some((task) => task !== null);
}

/** Steps a task on top of whatever runs now. */
export function stepNested(task: Task): void {
  const { closing } = current;
  const outer = currentTask();
  if (outer === null && !isDrainUnderWay() && !hasRunningTask()) startTurnFromOutside();
  stepStack.push(outer);
  current.closing = 0;
  try {
    step(task); // throws nothing, but the stack may be at its end
  } finally {
    stepStack.pop();
    current.task = outer;
    current.closing = closing;
  }
  if (outer !== null) return;
  if (task.state !== done) task.context ??= currentContext(); // the first ever may be its own
  askForDrain(); // the alarm may have to be set anew
}

/** Calls a function as if it came from outside: what it does is not the running coroutine's doing. */
export function asOutsider<T>(call: () => T): T {
  const { closing } = current;
  const outer = currentTask();
  stepStack.push(outer);
  current.task = null;
  current.closing = 0;
  try {
    return call();
  } finally {
    stepStack.pop();
    current.task = outer;
    current.closing = closing;
  }
}

/**
 * One step: up to the next operation that waits, the next bare yield, or the end. Never throws. It leaves
 * the task in the cell, for the next step or the end of the drain to replace.
 */
export function step(task: Task): void {
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
  current.task = task;
  let value: unknown;
  try {
    // What an iterator of the user's has returned goes through `yield*` as it is: it is looked at once, in here.
    let result = nextOf.call(generator);
    while (result.done !== true) {
      value = result.value;
      if (task.state !== running) {
        if (value !== undefined) return;
        rouse(task); // a bare yield behind an operation that was begun by hand
      }
      if (value === undefined && task.cancellation === none) break;
      if (mustEnd(task)) throw endStubborn(task, generator);
      if (value === undefined && !throwsAtYield(task)) break;
      // The generator waits for another task, and goes on doing so.
      if (value === foreignResume) throw misuse(value);
      result = generator.throw(errorAtYield(task, value));
    }
    if (result.done !== true) {
      enqueue(task);
      return;
    }
    value = result.value;
  } catch (error) {
    end(task, error, true);
    return;
  }
  end(task, value, false);
}

/** A coroutine that catches this again and again refuses to end. */
function errorAtYield(task: Task, value: unknown): DillError {
  if (value === undefined) return cancellationError(task, "yield");
  countMisuse(task);
  return misuse(value);
}

/** Whether a bare `yield` is ECANCELED. Whoever is owed one has got it then. */
function throwsAtYield(task: Task): boolean {
  if (task.cancellation === none) return false;
  if (task.cancellation === final) return true;
  return task.takeOwed();
}

function resumeGuest(task: Task): void {
  current.task = null;
  task.state = done;
  if (task instanceof Guest) task.resume?.();
}

function end(task: Task, value: unknown, hasThrown: boolean): void {
  if (task.state !== running) rouse(task); // an operation was begun by hand
  live -= 1;
  if (task.owner !== null) task.owner.live -= 1;
  task.state = done;
  task.value = value;
  task.ending = hasThrown ? endingOf(task, value) : "value";
  task.generator = null;
  const { joiners } = task;
  if (joiners !== null) fireAll(joiners);
  // The group may step other tasks now; this one is off the stack as far as they are concerned.
  current.task = null;
  task.group?.ended(task);
}

/** Any ECANCELED that leaves a coroutine which was told or canceled is that cancellation, and no failure. */
function endingOf(task: Task, error: unknown): Ending {
  return task.cancellation !== none && isErrno(error, "ECANCELED") ? "canceled" : "error";
}
