// The AbortSignals of coroutines: only those that were asked for exist.
import { signalError } from "../errors/index.js";
import { none, type Task } from "./task.js";

/** Not in the task itself: few have one, and the size of all others counts (bench: blocked). */
const controllers = new WeakMap<Task, AbortController>();
/** Whether any was ever made: a cancellation looks no further otherwise. */
let isUsed = false;

export function cancelSignal(task: Task): AbortSignal {
  isUsed = true;
  let controller = controllers.get(task);
  if (controller === undefined) {
    controller = new AbortController();
    controllers.set(task, controller);
    if (task.cancellation !== none) abort(controller);
  }
  return controller.signal;
}

/** The task has been told, or canceled. Its signal is aborted before anything else happens to it. */
export function markToldSignal(task: Task): void {
  if (!isUsed) return;
  const controller = controllers.get(task);
  if (controller !== undefined) abort(controller);
}

/** The first reason counts: aborting once more changes nothing. */
function abort(controller: AbortController): void {
  controller.abort(signalError("ECANCELED", "hclose"));
}
