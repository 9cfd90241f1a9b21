// Delivering ECANCELED.
//
// A canceled coroutine can't wait, so whoever cancels it drives it to its end on the spot: that is what
// makes hclose a plain function.
import { blocked, done, ready, type Task } from "./coroutine.js";
import { markCanceled } from "./cancelSignal.js";
import { cutShort, isTooDeep, stepNested, withdraw } from "./scheduler.js";

/** Cancels the task. When this returns it is done, unless it is running further up the stack. */
export function cancel(task: Task): void {
  if (isTooDeep()) cancelDescendants(task);
  if (task.state !== done) cancelOne(task);
}

function cancelOne(task: Task): void {
  markCanceled(task);
  if (task.state === blocked) cutShort(task, "ECANCELED");
  else if (task.state === ready) withdraw(task);
  if (task.state === ready) stepNested(task);
}

/**
 * A tree of coroutines that close their children in a finally block closes from the top, each level
 * nested in the one above. Deep down, before the stack runs out, the leaves go first.
 */
function cancelDescendants(top: Task): void {
  const path = [top];
  for (let task = path.at(-1); task !== undefined; task = path.at(-1)) {
    const child = liveChild(task);
    if (child !== undefined) {
      path.push(child);
      continue;
    }
    path.pop();
    if (task === top) return;
    cancelOne(task);
  }
}

function liveChild(task: Task): Task | undefined {
  if (task.groups === null) return undefined;
  for (let group = task.groups.first; group !== null; group = group.after) {
    for (let child = group.members.first; child !== null; child = child.after) {
      if (child.state === blocked || child.state === ready) return child;
    }
  }
  return undefined;
}
