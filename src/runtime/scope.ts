import { closeHandle, dropHandle, makeHandle } from "../handles/index.js";
import { BlockOperation, checkBlock } from "./block.js";
import { type Bundle, BundleResource } from "./bundle.js";
import type { Interruption, Task } from "./coroutine.js";
import { combine } from "./group.js";
import type { Coroutine, Operation } from "./operation.js";
import { currentTask } from "./scheduler.js";
import type { Step } from "./wait.js";

/**
 * Runs a block with a bundle that cannot be forgotten.
 *
 * The scope ends when its body and all coroutines of its bundle have ended, and it returns the body's
 * value. If the body fails, the coroutines are canceled; if a coroutine fails, the body and the other
 * coroutines are. Either way the scope throws that error once all have ended.
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

class Scope<T> extends BlockOperation<T> {
  readonly syscall = "scope";
  readonly #body: (b: Bundle) => Coroutine<T>;
  #children: ScopeBundle | null = null;
  #handle: Bundle | null = null;
  /** Coroutines of it were still at work when it was canceled: the body's value is not the whole. */
  #isCutShort = false;

  constructor(body: (b: Bundle) => Coroutine<T>) {
    super();
    this.#body = body;
  }

  protected begin(): Step<T> {
    this.checkCanceled();
    checkBlock(this.#body, this.syscall);
    const children = new ScopeBundle(this);
    const handle = makeHandle<Bundle>(children, this.syscall);
    this.#children = children;
    this.#handle = handle;
    try {
      this.startBody(() => this.#body(handle));
    } catch (error) {
      closeHandle(handle, "hclose");
      throw error;
    }
    // What the body did may have canceled the very coroutine that runs the scope.
    if (currentTask()?.isCanceled === true) this.undo();
    if (this.#isOver()) return this.#finish();
    return this.suspend(this.waiter(), Infinity);
  }

  protected resume(): Step<T> {
    return this.#finish();
  }

  protected override interrupted(_why: Interruption): Step<T> {
    return this.#finish();
  }

  #isOver(): boolean {
    return this.isBodyDone() && this.#children?.group.isEmpty === true;
  }

  /** Body and coroutines have ended. */
  #finish(): Step<T> {
    this.#release();
    const outcome = this.outcome();
    const errors = new Set(this.#children?.failures.map((task) => task.value));
    if (outcome.kind === "error") errors.add(outcome.error);
    if (errors.size > 0) throw combine([...errors]);
    if (outcome.kind === "value" && !this.#isCutShort) return this.complete(outcome.value);
    throw this.errorOf("ECANCELED");
  }

  #release(): void {
    this.forgetBody();
    this.#children?.group.dissolve();
    if (this.#handle !== null) dropHandle(this.#handle);
  }

  /** The body has ended: without a value, its coroutines are of no use. */
  protected override bodyEnded(): void {
    if (this.outcome().kind !== "value") this.#children?.group.cancelMembers();
    this.childrenEnded();
  }

  childFailed(): void {
    this.cancelBody();
  }

  childrenEnded(): void {
    if (this.#isOver()) this.wakeCaller();
  }

  protected copy(): Scope<T> {
    return new Scope(this.#body);
  }

  undo(): void {
    if (this.#children?.group.isEmpty === false) this.#isCutShort = true;
    this.cancelBody();
    this.#children?.group.cancelMembers();
    // Effection does not resume what it halts.
    if (this.#isOver()) this.#release();
  }
}

/** The bundle a body is handed. */
class ScopeBundle extends BundleResource {
  /** All that have failed, told or not. */
  readonly failures: Task[] = [];
  readonly #scope: Scope<unknown>;

  constructor(owner: Scope<unknown>) {
    super(true);
    this.#scope = owner;
  }

  override memberFailed(task: Task): void {
    this.failures.push(task);
    this.#scope.childFailed();
  }

  override becameEmpty(last: Task): void {
    super.becameEmpty(last);
    this.#scope.childrenEnded();
  }
}
