// Time, the ready queue, and steps. One coroutine runs at a time; the others on the stack wait for it.
import type { Code } from "../library.js";
import { epoch } from "../program.js";
import { isCanceled, ModelError } from "./errors.js";
import type { Group } from "./group.js";
import { drain, type Outcome, outcomeOf, remove, type Result, Task, type Wait } from "./task.js";

interface Timer {
  readonly at: number;
  readonly fire: () => void;
}

const suspended = Symbol("suspended");

export class Kernel {
  time = epoch;
  /** The coroutine whose code runs; null: none, as in onError. */
  current: Task | null = null;
  private readonly ready: Task[] = [];
  /** In the order in which they were armed. */
  private readonly timers: Timer[] = [];

  /** Starts a coroutine, which runs at once up to its first suspension. */
  start(code: Code, group: Group): Task {
    const task = new Task(code, group);
    group.members.push(task);
    this.step(task);
    return task;
  }

  /** Returns how to disarm it. */
  arm(at: number, fire: () => void): () => void {
    if (at === Infinity) return () => {};
    const timer = { at, fire };
    this.timers.push(timer);
    return () => remove(this.timers, timer);
  }

  /** Nothing can wait until then any more. */
  isPast(deadline: number): boolean {
    return deadline <= this.time;
  }

  // What operations consist of.

  /** The beginning of every operation that throws ECANCELED in a coroutine that is being ended. */
  enter(): Task {
    const task = this.running();
    if (task.isFinal) throw new ModelError("ECANCELED");
    if (task.owes) {
      task.owes = false;
      throw new ModelError("ECANCELED");
    }
    return task;
  }

  running(): Task {
    if (this.current === null) throw new Error("an operation outside a coroutine");
    return this.current;
  }

  /** Waits until somebody wakes the coroutine, or until the deadline, which throws ETIMEDOUT. */
  *wait(task: Task, wait: Wait, deadline: number): Generator<unknown, unknown, unknown> {
    const disarm = this.arm(deadline, () =>
      this.wake(task, { error: new ModelError("ETIMEDOUT") }),
    );
    task.state = "blocked";
    task.wait = {
      undo: () => {
        disarm();
        wait.undo();
      },
    };
    return yield suspended;
  }

  /** The wait is over: to the tail of the ready queue. */
  wake(task: Task, outcome: Result): void {
    if (task.state !== "blocked") throw new Error("the model wakes somebody who is awake");
    this.unblock(task, outcome);
    this.ready.push(task);
  }

  private unblock(task: Task, outcome: Result): void {
    task.wait?.undo();
    task.wait = null;
    task.state = "ready";
    task.next = outcome;
  }

  // How coroutines are ended.

  /** Cancels without grace and drives the coroutine to its end. */
  cancel(task: Task): void {
    if (task.state === "done") return;
    task.isFinal = true;
    if (task.state === "running") {
      // It can't wait any more, so it ends as soon as it goes on. It may be starting a block.
      task.enclosure?.cancel();
      return;
    }
    if (task.state === "blocked") {
      if (task.enclosure === null) this.unblock(task, { error: new ModelError("ECANCELED") });
      else {
        const { enclosure } = task;
        enclosure.cancel();
        if (!this.isReady(task)) {
          if (enclosure.content().length > 0) return; // which is on the stack
          // The last one has left and its error is in onError, which cancels this one.
          this.unblock(task, { value: undefined });
        }
      }
    }
    remove(this.ready, task);
    this.step(task);
  }

  /** Its enclosure may have woken it meanwhile. */
  private isReady(task: Task): boolean {
    return task.state === "ready";
  }

  /** Cancels with grace: once. */
  tell(task: Task): void {
    if (task.state === "done" || task.isTold || task.isFinal) return;
    task.isTold = true;
    if (task.enclosure !== null) task.owes = task.enclosure.tell();
    else if (task.state === "blocked") this.wake(task, { error: new ModelError("ECANCELED") });
    else task.owes = true;
  }

  /** Calls a function as if it came from outside. */
  asOutsider(call: () => void): void {
    const outer = this.current;
    this.current = null;
    try {
      call();
    } finally {
      this.current = outer;
    }
  }

  private step(task: Task): void {
    const outer = this.current;
    this.current = task;
    task.state = "running";
    try {
      const outcome = this.resume(task);
      this.current = outer;
      if (outcome !== undefined) this.end(task, outcome);
    } finally {
      this.current = outer;
    }
  }

  /** Returns how the coroutine ended, if it did. */
  private resume(task: Task): Outcome | undefined {
    try {
      for (;;) {
        const next = outcomeOf(task.next);
        task.next = { value: undefined };
        const result = "error" in next ? task.code.throw(next.error) : task.code.next(next.value);
        if (result.done === true) return { value: result.value };
        if (result.value === suspended) return undefined;
        // A bare yield.
        if (!task.isFinal && !task.owes) {
          task.state = "ready";
          this.ready.push(task);
          return undefined;
        }
        task.owes = false;
        task.next = { error: new ModelError("ECANCELED") };
      }
    } catch (error) {
      return { error };
    }
  }

  private end(task: Task, outcome: Outcome): void {
    task.state = "done";
    task.outcome = outcome;
    const isEnding = task.isFinal || task.isTold;
    if ("error" in outcome && !(isEnding && isCanceled(outcome.error))) {
      task.failure = { error: outcome.error, isTaken: false };
      task.group.failed(task.failure);
    }
    drain(task.joiners, (joiner) => joiner());
    task.group.ended(task);
  }

  // The loop.

  /** Runs whoever is ready, and whoever that makes ready. */
  drain(): void {
    for (let task = this.ready.shift(); task !== undefined; task = this.ready.shift()) {
      this.step(task);
    }
  }

  /** Moves the clock to the next timer and fires all that are due; false: there is none. */
  advance(): boolean {
    if (this.timers.length === 0) return false;
    this.time = Math.max(this.time, Math.min(...this.timers.map(({ at }) => at)));
    for (;;) {
      const due = this.timers.filter(({ at }) => at <= this.time);
      const first = due.toSorted((a, b) => a.at - b.at)[0]; // stable: equal ones as they were armed
      if (first === undefined) return true;
      remove(this.timers, first);
      first.fire();
    }
  }
}

/** A deadline as a moment: Infinity for none. */
export function pointOf(deadline: number): number {
  return deadline === -1 ? Infinity : deadline;
}
