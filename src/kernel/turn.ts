// Turns: how long coroutines may keep the process from its timers and I/O. This is the one place that decides
// where a turn ends.
//
// To read the clock costs as much as two switches of coroutines, so that not every step can do it. Steps and
// operations that need no wait are counted together, and the clock is read after a few of them. How many that
// are grows slowly while a turn goes on: a turn of thousands of units has shown that they are short, and one
// that has just begun has shown nothing.
import { host } from "../host/index.js";
import type { WaitsFor } from "./task.js";

/** In milliseconds. Timers and I/O are to have their turn every 10: this leaves room for the last units. */
const turnLength = 2;
const longestStride = 32;

let turnStart = -Infinity;
let units = 0;
let stride = 1;
let untilLook = 1;

/** Whether the event loop has turned since the last turn of ours began. */
let hasLoopTurned = true;

/** An operation that is about to begin, for whoever writes down what a program does. */
export interface Beginning {
  waitsFor(): WaitsFor;
  /** How it has ended, if that is more than a result: the code of its error, or what it has chosen. */
  outcome?(): string | WaitsFor | undefined;
}

/** What ends turns in the clock's place: a simulation, in which a turn may end anywhere. */
export interface Steering {
  /**
   * A coroutine is about to be stepped, or its operation to begin: whether the turn ends before that. If it is over already, that is
   * only for its information.
   */
  endsTurn(operation: Beginning | null, isOver: boolean): boolean;
}

let steering: Steering | null = null;
let isCutShort = false;

/** Only while no coroutine is alive. Null: the clock ends turns again. */
export function steerTurns(by: Steering | null): void {
  steering = by;
}

/** Code from outside starts a coroutine: a new turn, unless that code runs in the same turn of the event loop. */
export function startTurnFromOutside(): void {
  if (hasLoopTurned) startTurn(host.now());
}

export function startTurn(time: number): void {
  if (hasLoopTurned) {
    hasLoopTurned = false;
    host.macrotask(loopTurned);
  }
  turnStart = time;
  units = 0;
  stride = 1;
  untilLook = 1;
  isCutShort = false;
}

/** Whether coroutines may run now: in the turn under way, or in a new one if the event loop has turned since. */
export function mayRunAt(time: number): boolean {
  if (!isOverAt(time)) return true;
  if (!hasLoopTurned) return false;
  startTurn(time);
  return true;
}

/** Whether a turn that is under way has lasted long enough. */
function isOverAt(time: number): boolean {
  const length = time - turnStart;
  return length >= turnLength || length < 0; // the clock is another one now: a simulation has begun or ended
}

/** Counts a step, or an operation that needs no wait; true if it is time to ask {@link isTurnOver}. */
export function countUnit(): boolean {
  return --untilLook <= 0;
}

/** Looks at the clock. Once the turn is over, it stays so until the next one starts. */
export function isTurnOver(operation: Beginning | null = null): boolean {
  if (steering !== null) {
    isCutShort = steering.endsTurn(operation, isCutShort) || isCutShort;
    untilLook = 1;
    return isCutShort;
  }
  if (isOverAt(host.now())) {
    untilLook = 0;
    return true;
  }
  units += stride;
  stride = strideAfter(units);
  untilLook = stride;
  return false;
}

/** From 1 to 4 in the first 128 units of a turn, and by one for every 128 after the first 512. */
function strideAfter(count: number): number {
  if (count < 512) return Math.min(Math.max(count >> 5, 1), 4);
  return Math.min(count >> 7, longestStride);
}

function loopTurned(): void {
  hasLoopTurned = true;
}
