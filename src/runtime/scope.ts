import { closeHandle, dropHandle, isOpen, makeHandle } from "../handles/index.js";
import {
  Body,
  checkBlock,
  type Coroutine,
  errorOf,
  type Failure,
  newFailure,
  type Operation,
  ScopedOperation,
  type Step,
  type Task,
} from "../kernel/index.js";
import type { Bundle } from "./bundle.js";
import { BundleResource } from "./bundleResource.js";

/**
 * Runs a block with a bundle that cannot be forgotten.
 *
 * The scope ends when its body and all coroutines of its bundle have ended, and it returns the body's
 * value. If the body fails, the coroutines are canceled; if a coroutine fails, the other coroutines and the
 * body are. Either way the scope throws that error once all have ended.
 *
 * @param body - The generator function to run; it is handed the bundle, for {@link bundleGo}.
 * @returns What the body returned.
 * @throws {@link DillError}
 * - `ECANCELED`: the coroutine is being canceled.
 * - `EINVAL`: the body is no generator function.
 *
 * Besides, the error of the body or of a coroutine, or an `AggregateError` of several.
 * @remarks Cancellation: body and coroutines are canceled, and have ended before the error arrives.
 * @example Fetch both, or neither
 * ```ts
 * const both = yield* scope(function* (b) {
 *   const left = bundleGo(b, fetchFrom("/run/left.ipc"));
 *   const right = bundleGo(b, fetchFrom("/run/right.ipc"));
 *   return [yield* join(left, -1), yield* join(right, -1)];
 * });
 * ```
 * Source: trio's nursery, https://trio.readthedocs.io/en/stable/reference-core.html#nurseries-and-spawning
 */
export function scope<T>(body: (b: Bundle) => Coroutine<T>): Operation<T> {
  return new Scope(body);
}

class Scope<T> extends ScopedOperation<T> {
  readonly syscall = "scope";
  private readonly block: (b: Bundle) => Coroutine<T>;
  private body: Body | null = null;
  private children: ScopeBundle | null = null;
  /** Of body and coroutines, told or not, in the order in which they came. */
  private readonly failures: Failure[] = [];
  /** Coroutines of it were still at work when it was canceled or told: the body's value is not the whole. */
  private isCutShort = false;
  private isBodyDue = false;

  constructor(block: (b: Bundle) => Coroutine<T>) {
    super();
    this.block = block;
  }

  protected begin(): Step<T> {
    this.checkCanceled();
    checkBlock(this.block, this.syscall);
    const caller = this.waiter();
    const children = new ScopeBundle(
      caller,
      (failure) => this.childFailed(failure),
      () => this.childrenEnded(),
      () => this.cancelDueBody(),
    );
    const handle = makeHandle<Bundle>(children, this.syscall);
    children.handle = handle;
    this.children = children;
    const { block } = this; // called as no method, of which stacks would tell
    try {
      const { body, begin } = Body.of(
        () => block(handle),
        this.syscall,
        caller,
        () => this.bodyEnded(),
      );
      this.body = body;
      begin();
    } catch (error) {
      if (isOpen(children.handle)) closeHandle(children.handle, "hclose");
      throw error;
    }
    return this.waitForEnd(Infinity);
  }

  protected isOver(): boolean {
    return this.body?.isDone === true && this.children?.isEmpty === true;
  }

  /** Body and coroutines have ended. */
  protected finish(): Step<T> {
    this.release();
    const task = this.body?.task as Task;
    if (this.failures.length > 0) throw errorOf(this.failures);
    if (task.ending === "value" && !this.isCutShort) return this.complete(task.value as T);
    throw this.errorOf("ECANCELED");
  }

  private release(): void {
    this.body?.unlink();
    this.children?.takeFailures();
    this.children?.unlink();
    if (this.children?.handle !== undefined) dropHandle(this.children.handle);
  }

  private bodyEnded(): void {
    const { children, body } = this;
    const task = body?.task as Task;
    if (task.ending === "error") {
      const failure = newFailure(task.value, task);
      this.failures.push(failure);
      children?.failWith(failure);
    }
    if (!this.wasCanceled) this.bodyEndedItself(task.ending === "value");
    this.childrenEnded();
  }

  /** Without a value of the body, its coroutines are of no use. */
  private bodyEndedItself(hasValue: boolean): void {
    if (this.wasTold) this.children?.tellAll();
    else if (!hasValue) this.children?.cancelSiblings();
  }

  private childFailed(failure: Failure): void {
    this.failures.push(failure);
    this.isBodyDue = true;
    this.children?.cancelSiblings();
    this.cancelDueBody();
  }

  /** After a failure the siblings end first, and then the body. */
  private cancelDueBody(): void {
    if (!this.isBodyDue || this.children?.isCanceling === true) return;
    this.isBodyDue = false;
    this.body?.cancelSiblings();
  }

  private childrenEnded(): void {
    if (this.isOver()) this.children?.stopTaking();
    this.somethingEnded();
  }

  protected cancelMembers(): void {
    const { children } = this;
    if (children === null) return;
    if (!children.isEmpty) this.isCutShort = true;
    children.fill();
    this.body?.cancelAll();
    children.cancelAll();
    this.childrenEnded();
  }

  protected tellMembers(): void {
    if (this.children?.isEmpty === false) this.isCutShort = true;
    this.body?.tellAll();
    this.children?.tellAll();
  }

  protected copy(): Scope<T> {
    return new Scope(this.block);
  }
}

/** The bundle that a body is handed. */
class ScopeBundle extends BundleResource {
  /** The number that it has now: whoever took it over has given it another one. */
  handle: Bundle | undefined;
  private readonly childFailed: (failure: Failure) => void;
  private readonly childrenEnded: () => void;
  private readonly childrenCanceled: () => void;

  constructor(
    caller: Task,
    childFailed: (failure: Failure) => void,
    childrenEnded: () => void,
    childrenCanceled: () => void,
  ) {
    super(null, caller);
    this.childFailed = childFailed;
    this.childrenEnded = childrenEnded;
    this.childrenCanceled = childrenCanceled;
  }

  moved(h: Bundle): void {
    this.handle = h;
  }

  /** The scope will throw it; until then the bundle has failed. */
  failWith(failure: Failure): void {
    this.keep(failure);
  }

  protected override memberFailed(task: Task): void {
    const failure = newFailure(task.value, task);
    this.keep(failure);
    this.childFailed(failure);
  }

  protected override emptied(): void {
    super.emptied();
    this.childrenEnded();
  }

  protected override allCanceled(): void {
    this.childrenCanceled();
  }
}
