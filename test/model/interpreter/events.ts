// What operations and the clauses of choose wait for.
import { ModelError } from "./errors.js";
import type { Group } from "./group.js";
import type { Kernel } from "./kernel.js";
import { drain, type Outcome, remove, type Result, type Task } from "./task.js";

/** Told when the event has come. `isVoid`: the handle is gone, so that a whole choose fails. */
export type Listener = (outcome: Result, isVoid?: boolean) => void;

export interface ModelEvent {
  /** Takes the event, if it has come. */
  poll(): Outcome | undefined;
  /** Returns how to stop listening. */
  add(listener: Listener): () => void;
}

export function joinEvent(task: Task, throughHandle: Group | undefined): ModelEvent {
  const poll = (): Outcome => {
    if (task.failure !== null) task.failure.isTaken = true;
    return task.outcome as Outcome;
  };
  return {
    poll: () => (task.state === "done" ? poll() : undefined),
    add(listener) {
      const joiner = (): void => listener(poll);
      task.joiners.push(joiner);
      const waiter = {
        emptied() {},
        closed: () => listener({ error: new ModelError("EBADF") }, true),
      };
      throughHandle?.waiters.push(waiter);
      return () => {
        remove(task.joiners, joiner);
        if (throughHandle !== undefined) remove(throughHandle.waiters, waiter);
      };
    },
  };
}

export function bundleEvent(group: Group): ModelEvent {
  const poll = (): Outcome => {
    try {
      group.throwKept();
      return { value: undefined };
    } catch (error) {
      return { error };
    }
  };
  return {
    poll: () => (group.members.length === 0 ? poll() : undefined),
    add(listener) {
      const waiter = {
        emptied: () => listener(poll),
        closed: () => listener({ error: new ModelError("EBADF") }, true),
      };
      group.waiters.push(waiter);
      return () => remove(group.waiters, waiter);
    },
  };
}

export function deadlineEvent(kernel: Kernel, deadline: number): ModelEvent {
  return {
    poll: () => (kernel.isPast(deadline) ? { value: undefined } : undefined),
    add: (listener) => kernel.arm(deadline, () => listener({ value: undefined })),
  };
}

/** A promise or a signal. */
export class OutsideEvent implements ModelEvent {
  private outcome: Outcome | undefined;
  private readonly listeners: Listener[] = [];

  poll(): Outcome | undefined {
    return this.outcome;
  }

  add(listener: Listener): () => void {
    this.listeners.push(listener);
    return () => remove(this.listeners, listener);
  }

  settle(outcome: Outcome): void {
    this.outcome = outcome;
    drain(this.listeners, (listener) => listener(outcome));
  }
}
