// Cancellation without grace: driving a task to its end. telling.ts has the one with grace.
//
// A task that was canceled without grace can't wait, so whoever cancels it drives it to its end on the spot: that
// is what makes hclose a plain function.
import { markToldSignal } from "./cancelSignal.js";
import { cutShort, rouse } from "./park.js";
import { withdraw } from "./readyQueue.js";
import { insideScope, isOnStack, isTooDeep, stepNested } from "./step.js";
import { blocked, done, final, ready, type Task, type TaskGroup } from "./task.js";

/**
 * Cancels the task without grace and drives it to its end. When this returns the task is done, unless it, or
 * what runs in a scope of its own, is running further up the stack.
 */
export function drive(task: Task): void {
  if (isTooDeep()) driveDescendants(task);
  if (task.state !== done) driveOne(task);
}

function driveOne(task: Task): void {
  markFinal(task);
  if (isOnStack(task)) rouse(task);
  if (task.state === blocked) {
    const { operation } = task;
    if (operation?.isScope === true) {
      insideScope(() => operation.cancelInside()); // which queues the task, if all inside has ended
      if (isReady(task)) withdraw(task);
    } else cutShort(task, "ECANCELED");
  } else if (isReady(task)) withdraw(task);
  if (isReady(task)) stepNested(task);
}

function isReady(task: Task): boolean {
  return task.state === ready;
}

function markFinal(task: Task): void {
  if (task.cancellation === final) return;
  task.cancellation = final;
  markToldSignal(task);
}

/**
 * The task is running, or waits for its scope in which one is: cancels it, and everything around it up to the member
 * of the group. Each ends as soon as it tries to wait; the rest of their scopes ends now.
 */
export function cancelChain(innermost: Task, top: TaskGroup): void {
  const chain: Task[] = [];
  findChain(innermost, top, chain);
  for (const task of chain) {
    const isNews = task.cancellation !== final;
    markFinal(task);
    if (isOnStack(task)) rouse(task);
    const { operation } = task;
    if (isNews && operation?.isScope === true) insideScope(() => operation.cancelInside());
  }
}

/** Collects the tasks on all ways up to the group, the innermost first. True if there is a way. */
function findChain(task: Task | null, top: TaskGroup, chain: Task[]): boolean {
  if (task === null) return false;
  const { group } = task;
  const place = chain.push(task);
  if (group === top) return true;
  const isInside = group !== null && findChain(group.parent, top, chain);
  const isClosed = group !== null && findChain(group.closer, top, chain);
  if (!isInside && !isClosed) chain.length = place - 1;
  return isInside || isClosed;
}

/**
 * A tree of coroutines that close their children in a finally block closes from the top, each level
 * nested in the one above. Deep down, before the stack runs out, the leaves go first.
 */
function driveDescendants(top: Task): void {
  const path = [top];
  // One that waits for its own scope, in which somebody on the stack runs, is not done afterwards.
  const tried = new Set<Task>();
  for (let task = path.at(-1); task !== undefined; task = path.at(-1)) {
    const child = liveChild(task, tried);
    if (child !== undefined) {
      tried.add(child);
      path.push(child);
      continue;
    }
    path.pop();
    if (task === top) return;
    driveOne(task);
  }
}

function liveChild(task: Task, tried: ReadonlySet<Task>): Task | undefined {
  for (let group = task.firstGroup; group !== null; group = group.after) {
    for (let child = group.first; child !== null; child = child.after) {
      const isAsleep = child.state === blocked || child.state === ready;
      if (isAsleep && !tried.has(child)) return child;
    }
  }
  return undefined;
}
