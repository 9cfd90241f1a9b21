// Whose turn it is: the tasks that can go on, first come, first served. Whoever queues a task or a job asks
// for a drain of the queue, right behind the code that runs now.
import { Ring } from "../collections/index.js";
import { host } from "../host/index.js";
import { ready, type Task } from "./task.js";

const queue = new Ring<Task>();
const jobs: (() => void)[] = [];
/** How many in the queue were driven to their end by whoever canceled them. */
let withdrawn = 0;
let isDraining = false;
let isDrainAsked = false;
let drain: () => void = () => {};

/** Sets what empties the queue; called once, by the scheduler. */
export function drainWith(run: () => void): void {
  drain = run;
}

/** To the tail of the queue. */
export function enqueue(task: Task): void {
  task.state = ready;
  queue.push(task);
  askForDrain();
}

/** The one place that chooses who runs next. Undefined: nobody can. */
export function takeNext(): Task | undefined {
  for (;;) {
    const task = queue.shift();
    if (task === undefined || task.state === ready) return task;
    withdrawn -= 1;
  }
}

export function readyCount(): number {
  return queue.length;
}

/** The task at that place in the queue is the next one. */
export function bringForward(place: number): void {
  queue.bringForward(place);
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

export function takeJob(): (() => void) | undefined {
  return jobs.shift();
}

/** Whether a task or a job waits for its turn. */
export function hasWork(): boolean {
  return queue.length > 0 || jobs.length > 0;
}

export function hasJobs(): boolean {
  return jobs.length > 0;
}

/** Runs the queue soon. The drain also sets the alarm. */
export function askForDrain(): void {
  if (isDraining || isDrainAsked) return;
  isDrainAsked = true;
  host.microtask(drain);
}

/** The rest of the queue has its turn after the process's timers and I/O. */
export function drainLater(next: () => void): void {
  isDrainAsked = true;
  host.macrotask(next);
}

export function drainStarts(): void {
  isDrainAsked = false;
  isDraining = true;
}

export function drainEnds(): void {
  isDraining = false;
}

export function isDrainUnderWay(): boolean {
  return isDraining;
}

export function isDrainPending(): boolean {
  return isDrainAsked;
}
