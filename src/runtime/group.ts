// A set of coroutines, and the errors they left: what bundles, scopes and runs have in common.
import { List } from "../collections/index.js";
import { isErrno } from "../errors/index.js";
import type { Owner } from "../handles/index.js";
import { cancel } from "./cancel.js";
import { type AnyGenerator, type MadeGroup, Task, type TaskGroup } from "./coroutine.js";
import { current, enqueue, isTooDeep, outerTasks, stepNested } from "./scheduler.js";

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
  failed: Task[] = [];
  before: MadeGroup | null = null;
  after: MadeGroup | null = null;
  readonly owner: Owner | null;
  readonly awaitedBy: Task | null;
  readonly #watcher: GroupWatcher;
  readonly #maker: Task | null;

  constructor(owner: Owner | null, watcher: GroupWatcher, isBlock = false) {
    this.owner = owner;
    this.#watcher = watcher;
    this.#maker = current;
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
    this.members.add(task);
    if (isTooDeep() && !isCanceled) enqueue(task);
    else stepNested(task);
    return task;
  }

  ended(task: Task): void {
    this.members.remove(task);
    if (task.hasThrown && !(task.isCanceled && isErrno(task.value, "ECANCELED"))) {
      this.failed.push(task);
      this.cancelMembers();
      this.#watcher.memberFailed(task);
    }
    if (this.isEmpty) this.#watcher.becameEmpty(task);
  }

  /**
   * Cancels the members in the order of their start. One that is on the JavaScript stack, or waits for
   * a block of its own that is, can't be driven from here: it ends when it next tries to wait.
   */
  cancelMembers(): void {
    for (const path of this.#pathsToStack()) for (const task of path) task.isCanceled = true;
    const { members } = this;
    for (let task = firstToCancel(members); task !== null; task = firstToCancel(members)) {
      cancel(task); // and with that it has left the list
    }
  }

  /** Whether a member is on the JavaScript stack, or waits for a block of its own that is. */
  hasRunningMember(): boolean {
    return this.#pathsToStack().length > 0;
  }

  /** From each running task inside a member up to the member. */
  #pathsToStack(): Task[][] {
    if (current === null && outerTasks.length === 0) return none;
    return [...outerTasks, current].flatMap((innermost) => {
      const path: Task[] = [];
      for (let task = innermost; task !== null; task = task.group?.awaitedBy ?? null) {
        path.push(task);
        if (task.group === this) return [path];
      }
      return [];
    });
  }

  /** The error of the failed members, several as one; whoever takes it has been told. */
  takeFailure(): { readonly error: unknown } | undefined {
    const { failed } = this;
    if (failed.length === 0) return undefined;
    this.failed = [];
    return { error: combine(failed.map((task) => task.value)) };
  }

  /** Somebody has been told of this one's error. */
  forgive(task: Task): void {
    const place = this.failed.indexOf(task);
    if (place >= 0) this.failed.splice(place, 1);
  }

  /** The group is of no use any more. */
  dissolve(): void {
    this.#maker?.groups?.remove(this);
  }
}

const none: Task[][] = [];

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
