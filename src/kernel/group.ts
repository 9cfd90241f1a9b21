// A set of tasks: what bundles, the two halves of a scope, and runs have in common. What becomes of a failure is
// theirs to say.
import type { Owner } from "../handles/index.js";
import { currentContext } from "./asyncContext.js";
import { cancelChain, drive } from "./cancel.js";
import { type Failure, Failures, newFailure } from "./failures.js";
import { addOrigin, rememberOrigin } from "./origin.js";
import { enqueue } from "./readyQueue.js";
import { currentTask, isTooDeep, noteStart, stepNested, stepStack } from "./step.js";
import { tellAll } from "./telling.js";
import { type AnyGenerator, done, final, Task, type TaskGroup } from "./task.js";

export abstract class Group implements TaskGroup {
  // Both lists that a group is in or has are written out for speed (bench: go): see collections/list.ts.
  /** The members, in the order of their start. */
  first: Task | null = null;
  before: TaskGroup | null = null;
  after: TaskGroup | null = null;
  /** How many cancellations of the members are under way on the stack. */
  private cancelling = 0;
  private kept: Failures | null = null;
  readonly parent: Task | null;
  closer: Task | null = null;
  readonly owner: Owner | null;
  /** Whose list of groups this one is in. */
  private creator: Task | null;

  constructor(owner: Owner | null, parent: Task | null) {
    this.owner = owner;
    const creator = currentTask();
    this.creator = creator;
    this.parent = parent;
    if (creator !== null) this.link(creator);
  }

  get isEmpty(): boolean {
    return this.first === null;
  }

  /** Starts a coroutine: at once, or in its turn where too many starts are nested already. */
  start(generator: AnyGenerator): Task {
    return this.launch(new Task(generator, this, this.owner));
  }

  protected launch(task: Task): Task {
    task.context = currentContext();
    rememberOrigin(task);
    this.add(task);
    noteStart(task);
    if (isTooDeep() && task.cancellation !== final) enqueue(task);
    else stepNested(task);
    return task;
  }

  ended(task: Task): void {
    this.remove(task);
    if (task.ending === "error") {
      addOrigin(task, task.value);
      this.memberFailed(task);
    }
    if (this.first === null) this.emptied();
  }

  /** A member has failed and left. */
  protected memberFailed(task: Task): void {
    this.keep(newFailure(task.value, task));
    this.cancelSiblings();
  }

  /** The last member has ended. */
  protected emptied(): void {}

  protected keep(failure: Failure): void {
    (this.kept ??= new Failures()).add(failure);
  }

  /** What nobody has been told yet, without telling. */
  get failures(): Failures | null {
    return this.kept;
  }

  get hasFailed(): boolean {
    return this.kept !== null && !this.kept.isEmpty;
  }

  /** The failures; whoever takes them tells. */
  takeFailures(): readonly Failure[] {
    return this.kept === null ? [] : this.kept.takeAll();
  }

  /** Somebody has been told of this member's error. */
  markReported(task: Task): void {
    this.kept?.markReported(task);
  }

  /**
   * Cancels all members without grace, in the order of their start, and drives each to its end. A member that is on
   * the JavaScript stack, or waits for a scope of its own that is, ends by itself as soon as it tries to wait.
   */
  cancelAll(): void {
    this.cancelEach(false);
  }

  /** The same after a failure: whoever is in a grace keeps it. */
  cancelSiblings(): void {
    // A failure of one that is just being canceled: the loop further up the stack goes on with the others.
    if (this.cancelling === 0) this.cancelEach(true);
  }

  /** Tells all members that a grace has begun. They are queued like any other wake-up. */
  tellAll(): void {
    tellAll(this);
  }

  private cancelEach(sparesGrace: boolean): void {
    this.cancelling += 1;
    try {
      for (const outer of stepStack) this.cancelRunning(outer, sparesGrace);
      this.cancelRunning(currentTask(), sparesGrace);
      let member = this.first;
      while (member !== null) {
        const { after } = member;
        if (!sparesGrace || !member.isInGrace) drive(member);
        // Whatever has run may have ended others, but none that is still a member has left the list.
        member = after === null || after.state !== done ? after : this.first;
      }
    } finally {
      this.cancelling -= 1;
      if (this.cancelling === 0) this.allCanceled();
    }
  }

  get isCanceling(): boolean {
    return this.cancelling > 0;
  }

  /** No cancellation of the members is under way any more. */
  protected allCanceled(): void {}

  private cancelRunning(innermost: Task | null, sparesGrace: boolean): void {
    const member = this.memberAbove(innermost);
    if (innermost === null || member === null) return;
    if (sparesGrace && member.isInGrace) return;
    cancelChain(innermost, this);
  }

  /** Whether a member is on the JavaScript stack, or waits for a scope of its own that is. `innermost`: who runs now. */
  hasRunningMember(innermost: Task | null = currentTask()): boolean {
    if (this.first === null) return false;
    if (this.memberAbove(innermost) !== null) return true;
    for (const outer of stepStack) if (this.memberAbove(outer) !== null) return true;
    return false;
  }

  /** The member that the task is, or in whose scopes it runs. */
  private memberAbove(innermost: Task | null): Task | null {
    let task = innermost;
    while (task !== null && task.group !== this) {
      const group: TaskGroup | null = task.group;
      const member = group === null ? null : this.memberAbove(group.closer);
      if (member !== null) return member;
      task = group === null ? null : group.parent;
    }
    return task;
  }

  /** Unlinks the group from the task that made it: nobody needs it any more. */
  unlink(): void {
    const { creator, before, after } = this;
    if (creator === null) return;
    this.creator = null;
    const first = creator.firstGroup;
    if (first === this) creator.firstGroup = after;
    else if (before !== null) before.after = after;
    const successor = after ?? first;
    if (successor !== null) successor.before = before;
    this.before = null;
    this.after = null;
  }

  private link(creator: Task): void {
    const first = creator.firstGroup;
    if (first === null) {
      this.before = this;
      creator.firstGroup = this;
      return;
    }
    const last = first.before as TaskGroup;
    this.before = last;
    last.after = this;
    first.before = this;
  }

  private add(task: Task): void {
    const { first } = this;
    if (first === null) {
      task.before = task;
      this.first = task;
      return;
    }
    const last = first.before as Task;
    task.before = last;
    last.after = task;
    first.before = task;
  }

  private remove(task: Task): void {
    const { before, after } = task;
    const { first } = this;
    if (task === first) this.first = after;
    else if (before !== null) before.after = after;
    const successor = after ?? first;
    if (successor !== null) successor.before = before;
    task.before = null;
    task.after = null;
  }
}
