// The numbers of turns, and when they were. A task and a handle record a number where a time would cost memory and a look at
// the clock; the times are found in a short table when somebody asks.
import { lastNumber } from "../handles/index.js";
import { nextTaskId } from "./task.js";

/** A moment, and what had been counted by then. */
interface Mark {
  readonly time: number;
  readonly turn: number;
  readonly tasks: Count;
  readonly handles: Count;
}

interface Count {
  /** At the end of the turn before that. */
  readonly before: number;
  readonly now: number;
}

/** How long after a mark the next one is set, in milliseconds, if there is a turn. */
const spacing = 100;
/** Of so many, every other one of the older half goes. */
const mostMarks = 512;

let count = 0;
let marks: Mark[] = [];
let nextMark = -Infinity;
let tasksBefore = 0;
let handlesBefore = 0;

/** How many turns coroutines have had: also the number of the last one. */
export function turnCount(): number {
  return count;
}

/** A turn begins. Whatever is started from outside, between two turns, is followed by one at once. */
export function countTurn(time: number): void {
  count += 1;
  // A clock that is another one now, a simulation's, say, may be far behind.
  if (time >= nextMark || time < nextMark - spacing) setMark(time);
}

export function countStarts(): void {
  tasksBefore = nextTaskId();
  handlesBefore = lastNumber();
}

function setMark(time: number): void {
  const last = marks.at(-1);
  if (last !== undefined && time < last.time) marks = [];
  nextMark = time + spacing;
  marks.push({
    time,
    turn: count,
    tasks: { before: tasksBefore, now: nextTaskId() },
    handles: { before: handlesBefore, now: lastNumber() },
  });
  if (marks.length < mostMarks) return;
  const half = mostMarks / 2;
  marks = marks.filter((_, i) => i >= half || i % 2 === 0);
}

/** When that turn was, to the `spacing`; long ago is known less exactly. */
export function timeOfTurn(turn: number): number {
  return (marks.findLast((mark) => mark.turn <= turn) ?? marks[0])?.time ?? Infinity;
}

export function startOfTask(id: number): number {
  return timeBy("tasks", id, tasksBefore);
}

export function startOfHandle(number: number): number {
  return timeBy("handles", number - 1, handlesBefore);
}

/** When the count went beyond that number; `Infinity`: since the last turn, at which it was `latest`. */
function timeBy(what: "tasks" | "handles", number: number, latest: number): number {
  const place = marks.findIndex((mark) => mark[what].now > number);
  const mark = marks[place];
  if (mark === undefined) return number >= latest ? Infinity : (marks.at(-1)?.time ?? Infinity);
  // From outside, right before the mark; or in a turn, of which the last one before the mark was soon after the mark before that.
  const earlier = marks[place - 1];
  return number >= mark[what].before || earlier === undefined ? mark.time : earlier.time;
}
