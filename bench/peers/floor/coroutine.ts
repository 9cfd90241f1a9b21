// Coroutines that are bare generators, and the one list of those that are ready.
//
//   first ─▶ coroutine ─▶ coroutine ◀─ last      linked by `next`
//
// A coroutine is in the list, or in one wait, or it runs. Errors are thrown inside of `yield*`, as ours are, and in
// a microtask, where V8 throws at half the cost.
import { alarmIsSet, nextAlarm } from "./alarms.js";

export type Body<T> = Generator<unknown, T, unknown>;

/** Something that can wake a coroutine, and that a cancellation takes back. */
export interface Wait {
  failure: Error | null;
  leave(): void;
}

export class Coroutine<T = unknown> {
  next: Coroutine | null = null;
  wait: Wait | null = null;
  joiner: Coroutine | null = null;
  isCanceled = false;
  isOver = false;
  value: T | undefined = undefined;
  readonly body: Body<T>;

  constructor(body: Body<T>) {
    this.body = body;
  }
}

/** One object, because errors that are the same for all need no trace. */
export const canceled = new Error("canceled");

/** The coroutine whose code runs. */
export let running: Coroutine;

let first: Coroutine | null = null;
let last: Coroutine | null = null;

// Each generator function gives its generators a shape of their own: this way it is looked up once.
const resume: (this: Body<unknown>) => IteratorResult<unknown> = Object.getPrototypeOf(
  function* () {},
).prototype.next;

/** Starts a coroutine, and runs it up to its first wait. */
export function go<T>(body: Body<T>): Coroutine<T> {
  const coroutine = new Coroutine(body);
  stepNested(coroutine);
  return coroutine;
}

/** The running coroutine waits from now on. */
export function park(wait: Wait): Coroutine {
  running.wait = wait;
  return running;
}

export function wake(coroutine: Coroutine): void {
  coroutine.wait = null;
  enqueue(coroutine);
}

/** Ends a coroutine at once, wherever it waits. */
export function cancel(coroutine: Coroutine): void {
  const { wait } = coroutine;
  coroutine.isCanceled = true;
  if (wait !== null) {
    coroutine.wait = null;
    wait.leave();
    wait.failure = canceled;
  }
  if (!coroutine.isOver) stepNested(coroutine);
}

/** Waits for a coroutine's end. */
export function* join(coroutine: Coroutine): Body<void> {
  while (!coroutine.isOver) {
    coroutine.joiner = park(nothing);
    yield;
  }
}

/** Runs a program until its end; what still waits then is forgotten. */
export async function run<T>(main: Body<T>): Promise<T> {
  await null;
  const coroutine = go(main);
  drain();
  while (!coroutine.isOver) {
    if (!alarmIsSet()) throw new Error("all coroutines wait for each other");
    await nextAlarm();
    drain();
  }
  return coroutine.value as T;
}

const nothing: Wait = { failure: null, leave() {} };

function drain(): void {
  while (first !== null) {
    const coroutine = first;
    first = coroutine.next;
    if (first === null) last = null;
    else coroutine.next = null;
    step(coroutine);
  }
}

function enqueue(coroutine: Coroutine): void {
  if (last === null) first = coroutine;
  else last.next = coroutine;
  last = coroutine;
}

function stepNested(coroutine: Coroutine): void {
  const outer = running;
  step(coroutine);
  running = outer;
}

function step(coroutine: Coroutine): void {
  running = coroutine;
  try {
    const { done, value } = resume.call(coroutine.body);
    if (done !== true) {
      if (coroutine.wait === null) enqueue(coroutine);
      return;
    }
    coroutine.value = value;
  } catch (error) {
    if (error !== canceled) throw error;
  }
  coroutine.isOver = true;
  if (coroutine.joiner !== null) wake(coroutine.joiner);
}
