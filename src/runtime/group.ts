// A set of coroutines, and the errors they left: what bundles, scopes and runs have in common.
import { List } from "../collections/index.js";
import { isErrno } from "../errors/index.js";
import type { Owner } from "../handles/index.js";
import { currentContext } from "./asyncContext.js";
import { cancel } from "./cancel.js";
import { markCanceled } from "./cancelSignal.js";
import { type AnyGenerator, blocked, type MadeGroup, Task, type TaskGroup } from "./coroutine.js";
import { addOrigin, rememberOrigin } from "./origin.js";
import { currentTask, enqueue, isTooDeep, noteStart, outerTasks, stepNested } from "./scheduler.js";

/** Whoever looks after a group. */
export interface GroupWatcher {
  /** The last member has ended: this one. */
  becameEmpty(last: Task): void;
  /** A member has failed; its siblings have been canceled by then. */
  memberFailed(task: Task): void;
}

export class Group implements TaskGroup, MadeGroup {
  readonly members: List<Task> = new List<Task>();
  /** Failed members whose error nobody has been told yet. */
  private failed: Task[] | null = null;
  private isCanceling = false;
  before: MadeGroup | null = null;
  after: MadeGroup | null = null;
  readonly owner: Owner | null;
  readonly awaitedBy: Task | null;
  private readonly watcher: GroupWatcher;
  /** Whose list of groups this one is in. */
  private maker: Task | null;

  constructor(owner: Owner | null, watcher: GroupWatcher, isBlock = false) {
    this.owner = owner;
    this.watcher = watcher;
    const current = currentTask();
    this.maker = current;
    this.awaitedBy = isBlock ? current : null;
    if (current !== null) (current.groups ??= new List<MadeGroup>()).add(this);
  }

  get isEmpty(): boolean {
    return this.members.first === null;
  }

  /** Starts a coroutine: at once, or in its turn where too many starts are nested already. */
  start(generator: AnyGenerator, isCanceled = false): Task {
    const task = new Task(generator, this, this.owner);
    task.isCanceled = isCanceled;
    task.context = currentContext();
    rememberOrigin(task);
    this.members.add(task);
    noteStart();
    if (isTooDeep() && !isCanceled) enqueue(task);
    else stepNested(task);
    return task;
  }

  ended(task: Task): void {
    this.members.remove(task);
    if (task.hasThrown && !(task.isCanceled && isErrno(task.value, "ECANCELED"))) {
      addOrigin(task, task.value);
      (this.failed ??= []).push(task);
      this.cancelMembers();
      this.watcher.memberFailed(task);
    }
    if (this.isEmpty) this.watcher.becameEmpty(task);
  }

  /**
   * Cancels the members in the order of their start. One that is on the JavaScript stack, or waits for
   * a block of its own that is, can't be driven from here: it ends when it next tries to wait.
   */
  cancelMembers(): void {
    if (this.isCanceling) return; // the loop further up the stack goes on with the others
    this.isCanceling = true;
    try {
      this.cancelEach();
    } finally {
      this.isCanceling = false;
    }
  }

  private cancelEach(): void {
    for (const outer of outerTasks) if (this.contains(outer)) this.cancelUpFrom(outer);
    const current = currentTask();
    if (this.contains(current)) this.cancelUpFrom(current);
    const { members } = this;
    for (let task = firstToCancel(members); task !== null; task = firstToCancel(members)) {
      cancel(task); // and with that it has left the list
    }
  }

  /** Whether a member is on the JavaScript stack, or waits for a block of its own that is. */
  hasRunningMember(): boolean {
    if (this.isEmpty) return false;
    if (this.contains(currentTask())) return true;
    for (const outer of outerTasks) if (this.contains(outer)) return true;
    return false;
  }

  /** Whether the task is a member, or runs in a block that a member waits for. */
  private contains(innermost: Task | null): boolean {
    let task = innermost;
    while (task !== null && task.group !== this) task = task.group?.awaitedBy ?? null;
    return task !== null;
  }

  private cancelUpFrom(innermost: Task | null): void {
    let task = innermost;
    while (task !== null) {
      const isNews = !task.isCanceled;
      markCanceled(task);
      // Asleep in a block of its own, it stays so until the block has ended: all the rest of that, now.
      if (isNews && task.state === blocked) task.operation?.undo();
      task = task.group === this ? null : (task.group?.awaitedBy ?? null);
    }
  }

  /** The error of the failed members, several as one; whoever takes it has been told. */
  takeFailure(): { readonly error: unknown } | undefined {
    const { failed } = this;
    if (failed === null) return undefined;
    this.failed = null;
    return { error: combine(failed.map((task) => task.value)) };
  }

  get hasFailure(): boolean {
    return this.failed !== null;
  }

  /** Somebody has been told of this one's error. */
  forgive(task: Task): void {
    const left = this.failed?.filter((other) => other !== task) ?? [];
    this.failed = left.length > 0 ? left : null;
  }

  /** The group is of no use any more. */
  dissolve(): void {
    this.maker?.groups?.remove(this);
    this.maker = null;
  }
}

function firstToCancel(members: List<Task>): Task | null {
  let task = members.first;
  while (task !== null && task.isCanceled) task = task.after;
  return task;
}

/** One error as it is, several as one AggregateError. */
export function combine(errors: readonly unknown[]): unknown {
  if (errors.length === 1) return errors[0];
  return new AggregateError(errors, `${errors.length} coroutines failed`);
}
