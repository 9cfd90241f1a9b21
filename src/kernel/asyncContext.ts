// The asynchronous contexts of coroutines, by which AsyncLocalStorage follows them.
//
// A coroutine starts in the context of whoever starts it, takes the one it is in along whenever it
// stops, and is resumed in it, whoever wakes it.
import { type AsyncContext, host } from "../host/index.js";
import type { Task } from "./task.js";

/** For coroutines that were started without one, once the others have some. */
let blank: AsyncContext | null = null;

/** The context of the code that runs now; null as long as nobody uses any. */
export function currentContext(): AsyncContext | null {
  const context = host.asyncContext();
  if (context !== null) blank ??= host.blankContext();
  return context;
}

/** Where a step of the task is to run; null: anywhere. */
export function contextOf(task: Task): AsyncContext | null {
  return task.context ?? blank;
}
