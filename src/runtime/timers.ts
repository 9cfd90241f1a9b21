// Armed deadlines. All of them stand behind the host's one alarm.
import { Heap } from "../collections/index.js";
import type { Task } from "./coroutine.js";

const armed = new Heap<Task>();
let lastOrder = 0;

/** Deadlines that are equal come due in the order in which they were armed. */
export function arm(task: Task, deadline: number): void {
  task.rank = deadline;
  task.order = ++lastOrder;
  armed.add(task);
}

export function disarm(task: Task): void {
  if (task.place >= 0) armed.remove(task);
}

/** The next task whose deadline has come, disarmed. */
export function takeDue(time: number): Task | undefined {
  const { first } = armed;
  if (first === undefined || first.rank > time) return undefined;
  armed.remove(first);
  return first;
}

/** `Infinity` if none is armed. */
export function nextDeadline(): number {
  return armed.first?.rank ?? Infinity;
}

export function armedDeadlines(): number {
  return armed.length;
}
