// Coroutines that fail together: a bundle, the coroutines and the body of a scope, the main coroutine.
import { combine, type Failure, ModelError } from "./errors.js";
import type { Kernel } from "./kernel.js";
import { drain, isAnyRunning, remove, type Task } from "./task.js";

export interface GroupRules {
  readonly onError?: ((error: unknown) => void) | undefined;
  /** Where failures are kept, if not in the group itself. */
  readonly keepsIn?: Group;
  /** A member has failed: called when its siblings have been canceled. */
  afterFailure?(): void;
  /** The last member, this one, has left. */
  afterEmptied?(last: Task): void;
}

/** Somebody who waits for a bundle. */
export interface BundleWaiter {
  emptied(): void;
  closed(): void;
}

export class Group {
  /** In the order of their start. */
  readonly members: Task[] = [];
  /** Waiters of bundleWait, and of join through the handle. */
  readonly waiters: BundleWaiter[] = [];
  /** It takes nobody any more. */
  isClosed = false;
  /** Its closing is over. */
  isGone = false;
  /** The members are being canceled, after a failure or by somebody. */
  private isCanceling = false;
  private readonly failures: Failure[] = [];
  private readonly kernel: Kernel;
  /** All failures of the run, in their order. */
  private readonly record: Failure[];
  private readonly rules: GroupRules;

  constructor(kernel: Kernel, record: Failure[], rules: GroupRules = {}) {
    this.kernel = kernel;
    this.record = record;
    this.rules = rules;
  }

  /** What nobody has taken yet. */
  get kept(): Failure[] {
    return this.failures.filter(({ isTaken }) => !isTaken);
  }

  /** An error has escaped a member, which has not left yet. */
  failed(failure: Failure): void {
    if (this.rules.onError === undefined) (this.rules.keepsIn ?? this).keep(failure);
  }

  private keep(failure: Failure): void {
    this.failures.push(failure);
    this.record.push(failure);
  }

  /** A member has ended. */
  ended(task: Task): void {
    const { failure } = task;
    const { onError } = this.rules;
    if (failure === null) this.leave(task);
    else if (onError === undefined) {
      this.cancelSiblings(task);
      this.leave(task);
    } else this.tellHandler(task, failure.error, onError);
  }

  private tellHandler(task: Task, error: unknown, onError: (error: unknown) => void): void {
    remove(this.members, task);
    try {
      this.kernel.asOutsider(() => onError(error));
    } catch (ownError) {
      this.keep({ error: ownError, isTaken: false });
      this.cancelSiblings(task);
    }
    this.leave(task);
  }

  /** Ends the members without grace, except those that have one. */
  cancelSiblings(failed: Task | null): void {
    if (this.isCanceling) return; // whoever does so goes on with the others, in the order of their start
    this.isCanceling = true;
    // Those that are on the stack, in a block of theirs too, first: nothing new must begin there.
    const onStack = this.members.filter((member) => isAnyRunning([member]));
    for (const sibling of [...onStack, ...this.members]) {
      if (sibling !== failed && !sibling.isInGrace) this.kernel.cancel(sibling);
    }
    this.isCanceling = false;
    this.rules.afterFailure?.();
  }

  private leave(task: Task): void {
    remove(this.members, task);
    if (this.members.length > 0) return;
    drain(this.waiters, (waiter) => waiter.emptied());
    this.rules.afterEmptied?.(task);
  }

  /** Ends the members, one after the other, in the order of their start. */
  cancelMembers(): void {
    const wasCanceling = this.isCanceling;
    this.isCanceling = true;
    for (const member of this.members.slice()) this.kernel.cancel(member);
    this.isCanceling = wasCanceling;
  }

  tellMembers(): void {
    for (const member of this.members) this.kernel.tell(member); // which runs nobody
  }

  /** The handle is gone. */
  close(): void {
    this.isClosed = true;
    drain(this.waiters, (waiter) => waiter.closed());
  }

  /** Throws what is kept, which is taken by that. */
  throwKept(): void {
    const { kept } = this;
    if (kept.length === 0) return;
    for (const failure of kept) failure.isTaken = true;
    throw combine(kept.map(({ error }) => error));
  }

  /** Takes everything, also what somebody else has taken before. */
  takeAll(): unknown[] {
    for (const failure of this.failures) failure.isTaken = true;
    return this.failures.map(({ error }) => error);
  }

  /** What bundleGo throws: nothing is taken by that. */
  checkTakes(): void {
    if (this.isClosed) throw new ModelError("EBADF");
    const { kept } = this;
    if (kept.length === 0) return;
    throw combine(kept.map(({ error }) => error));
  }
}
