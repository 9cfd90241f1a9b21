// The body of a scope or a withDeadline: a coroutine of its own, for which the caller waits, so that it can be
// canceled while the caller is not.
import { dillError } from "../errors/index.js";
import type { Owner } from "../handles/index.js";
import { claimGenerator, isGenerator } from "./claimGenerator.js";
import { Group } from "./group.js";
import type { Coroutine } from "./operation.js";
import { currentTask } from "./step.js";
import { done, type Task } from "./task.js";

export class Body extends Group {
  task: Task | null = null;
  readonly #ended: () => void;

  private constructor(owner: Owner | null, caller: Task, ended: () => void) {
    super(owner, caller);
    this.#ended = ended;
  }

  /** Calls the block and makes the group of what it returns. {@link begin} starts it. */
  static of(
    block: () => Coroutine<unknown>,
    syscall: string,
    caller: Task,
    ended: () => void,
  ): { readonly body: Body; readonly begin: () => void } {
    const made: unknown = block();
    if (!isGenerator(made)) throw dillError("EINVAL", syscall, adviceFor(syscall));
    const generator = claimGenerator(made, syscall, syscall);
    const body = new Body(currentTask()?.owner ?? null, caller, ended);
    return { body, begin: () => void body.start(generator) };
  }

  get isDone(): boolean {
    return this.task !== null && this.task.state === done;
  }

  protected override launch(task: Task): Task {
    this.task = task;
    return super.launch(task);
  }

  /** The scope has it from the task itself. */
  protected override memberFailed(): void {}

  protected override emptied(): void {
    this.#ended();
  }
}

function adviceFor(syscall: string): string {
  return `${syscall} takes a generator function, and what it got has returned something else: write function* () { … }`;
}

/** `EINVAL` unless the block can be called. */
export function checkBlock(block: unknown, syscall: string): void {
  if (typeof block === "function") return;
  const message = `${syscall} takes the generator function itself: function* () { … }`;
  throw dillError("EINVAL", syscall, message);
}
