// scope and withDeadline: a body, which runs as a coroutine of its own while its caller waits.
import type { Code } from "../library.js";
import { combine, type Failure, ModelError } from "./errors.js";
import { Group } from "./group.js";
import type { Kernel } from "./kernel.js";
import type { Enclosure, Outcome, Task } from "./task.js";

export class BlockWait implements Enclosure {
  /** The coroutines of a scope; a withDeadline has none. Keeps the body's failure, too. */
  readonly children: Group;
  private readonly bodyGroup: Group;
  private bodyOutcome: Outcome | null = null;
  private result: Outcome | null = null;
  private isTold = false;
  private isCanceled = false;
  /** It was canceled or told when coroutines were still at work: the body's value is not the whole. */
  private isCutShort = false;
  private hasTimedOut = false;
  private readonly kernel: Kernel;
  private readonly caller: Task;
  private readonly onOver: () => void;

  constructor(kernel: Kernel, caller: Task, record: Failure[], onOver: () => void) {
    this.kernel = kernel;
    this.caller = caller;
    this.onOver = onOver;
    const children = new Group(kernel, record, {
      afterFailure: () => this.bodyGroup.cancelSiblings(null),
      afterEmptied: () => this.settle(),
    });
    this.children = children;
    this.bodyGroup = new Group(kernel, record, {
      keepsIn: children,
      afterEmptied: (body) => this.bodyEnded(body),
    });
  }

  /** The whole operation, from the start of the body. */
  *run(code: Code, deadline: number): Generator<unknown, unknown, unknown> {
    const { kernel, caller } = this;
    const wasTold = caller.isTold;
    caller.enclosure = this;
    this.kernel.start(code, this.bodyGroup);
    if (this.isOpen && caller.isFinal) this.cancel();
    if (this.isOpen && kernel.isPast(deadline)) this.timeOut(wasTold);
    if (!this.isOpen) return unwrap(this.takeResult());
    const undo = kernel.arm(deadline, () => this.timeOut(wasTold));
    return yield* kernel.wait(caller, { undo }, Infinity);
  }

  private get isOpen(): boolean {
    return this.result === null;
  }

  private timeOut(wasTold: boolean): void {
    const { isFinal, isTold } = this.caller;
    this.hasTimedOut = !isFinal && (wasTold || !isTold);
    this.bodyGroup.cancelMembers();
  }

  content(): Task[] {
    return [...this.bodyGroup.members, ...this.children.members];
  }

  cancel(): void {
    this.isCutShort ||= this.children.members.length > 0;
    this.isCanceled = true;
    this.bodyGroup.cancelMembers();
    // A caller that is just starting the block waits for the body first.
    const isStarting = this.bodyOutcome === null && this.caller.state === "running";
    if (!isStarting) this.children.cancelMembers();
  }

  tell(): boolean {
    this.isTold = true;
    this.isCutShort ||= this.children.members.length > 0;
    this.bodyGroup.tellMembers();
    this.children.tellMembers();
    return false; // what the block throws will be its ECANCELED
  }

  private bodyEnded(body: Task): void {
    this.bodyOutcome = body.outcome;
    if (this.isCanceled) this.children.cancelMembers();
    else if (this.isTold) this.children.tellMembers(); // first: so a failure cuts no clean-up short
    const isWhole = body.outcome !== null && "value" in body.outcome;
    const isCutShort = !isWhole && !this.isCanceled && !this.isTold;
    if (body.failure !== null || isCutShort) this.children.cancelSiblings(null);
    this.settle();
  }

  private settle(): void {
    if (this.content().length > 0 || !this.isOpen || this.bodyOutcome === null) return;
    this.result = this.resultOf(this.bodyOutcome);
    this.children.close();
    this.onOver();
    if (this.caller.state === "blocked") this.kernel.wake(this.caller, this.takeResult());
  }

  private takeResult(): Outcome {
    const { caller } = this;
    const result = this.result as Outcome;
    caller.enclosure = null;
    if (this.isTold && "value" in result) caller.owes = true;
    return result;
  }

  private resultOf(outcome: Outcome): Outcome {
    const errors = this.children.takeAll();
    if (errors.length > 0) return { error: combine(errors) };
    if (this.hasTimedOut && "error" in outcome) return { error: new ModelError("ETIMEDOUT") };
    return this.isCutShort ? { error: new ModelError("ECANCELED") } : outcome;
  }
}

/** bundleClose while it waits: its members are in a grace. */
export class CloseWait implements Enclosure {
  /** The closer was canceled while it waited. */
  isCanceled = false;
  private readonly group: Group;

  constructor(group: Group) {
    this.group = group;
  }

  content(): Task[] {
    return this.group.members;
  }

  cancel(): void {
    this.isCanceled = true;
    this.group.cancelMembers();
  }

  /** It goes on waiting, by its own deadline. */
  tell(): boolean {
    return true;
  }
}

export function unwrap(outcome: Outcome): unknown {
  if ("error" in outcome) throw outcome.error;
  return outcome.value;
}
