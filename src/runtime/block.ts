// What scope and withDeadline share: a block that runs as a coroutine of its own, for which the caller
// waits, so that it can be canceled while the caller is not.
import { done, type Task } from "./coroutine.js";
import { checkGenerator } from "./checkGenerator.js";
import { Group, type GroupWatcher } from "./group.js";
import type { Coroutine } from "./operation.js";
import { dillError, isErrno } from "../errors/index.js";
import { currentTask, wake } from "./scheduler.js";
import { BlockingOperation, type Step } from "./wait.js";

/** How a block ended. */
export type Outcome<T> =
  | { readonly kind: "value"; readonly value: T }
  | { readonly kind: "error"; readonly error: unknown }
  /** It was canceled, and let ECANCELED through. */
  | { readonly kind: "canceled"; readonly error: unknown };

export abstract class BlockOperation<T> extends BlockingOperation<T> implements GroupWatcher {
  /** The block's own coroutine, alone in its group. */
  #bodyGroup: Group | null = null;
  protected body: Task | null = null;

  /** Calls the block and starts what it returns. */
  protected startBody(call: () => Coroutine<T>): void {
    const generator = checkGenerator(call(), this.syscall, this.syscall);
    this.#bodyGroup = new Group(ownerNow(), this, true);
    this.body = this.#bodyGroup.start(generator);
  }

  protected cancelBody(): void {
    this.#bodyGroup?.cancelMembers();
  }

  protected forgetBody(): void {
    this.#bodyGroup?.dissolve();
  }

  /** How the body ended; only once it has. */
  protected outcome(): Outcome<T> {
    const body = this.body as Task;
    if (!body.hasThrown) return { kind: "value", value: body.value as T };
    const isCancellation = body.isCanceled && isErrno(body.value, "ECANCELED");
    return { kind: isCancellation ? "canceled" : "error", error: body.value };
  }

  protected isBodyDone(): boolean {
    return this.body !== null && this.body.state === done;
  }

  /** Wakes the caller, if it sleeps here and not already on its way. */
  protected wakeCaller(): void {
    if (this.task !== null && this.task.operation === this) wake(this.task);
  }

  /**
   * Effection halts the caller: by now the block has been canceled, and has ended. Its errors, and what
   * it made for itself, must not stay behind.
   */
  override return(value: T): Step<T> {
    if (this.interruption === null) return super.return(value);
    try {
      this.interrupted(this.interruption);
    } catch (error) {
      if (!isErrno(error, "ECANCELED")) throw error;
    }
    return super.return(value);
  }

  /** The same where the block had ended by itself, and the caller was about to hear of it. */
  override giveBack(): void {
    this.resume();
  }

  /** The body has ended; it may do so before startBody returns. */
  becameEmpty(body: Task): void {
    this.body = body;
    this.bodyEnded();
  }

  protected bodyEnded(): void {
    this.wakeCaller();
  }

  memberFailed(): void {}

  describe(): string {
    return `${this.syscall} block`;
  }
}

function ownerNow(): Group["owner"] {
  return currentTask()?.owner ?? null;
}

/** `EINVAL` unless the block can be called. */
export function checkBlock(block: unknown, syscall: string): void {
  if (typeof block === "function") return;
  const message = `${syscall} takes the generator function itself: function* () { … }`;
  throw dillError("EINVAL", syscall, { message });
}
