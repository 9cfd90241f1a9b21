// bundle, bundleGo, bundleWait: a set of coroutines that ends together.
import { List, type Linked } from "../collections/index.js";
import { dillError } from "../errors/index.js";
import {
  type Handle,
  isShuttingDown,
  makeHandle,
  type Resource,
  resourceOf,
  running as cell,
  wrongKind,
} from "../handles/index.js";
import { checkGenerator } from "./checkGenerator.js";
import type { Task } from "./coroutine.js";
import { readDeadline, isPast } from "./deadline.js";
import { Group, type GroupWatcher } from "./group.js";
import type { Coroutine, Operation } from "./operation.js";
import { cancellation, currentTask, interrupt, wake } from "./scheduler.js";
import { BlockingOperation, finished, type Step } from "./wait.js";

declare const result: unique symbol;

/** What {@link join} waits for: a coroutine with a value of type `T`. */
export interface Joinable<T> {
  readonly [result]: T;
}

/** Handle of a set of coroutines. */
export type Bundle = Handle<"bundle">;

/** Handle of a bundle that {@link go} made: it stands for the one coroutine, too. */
export type CoroutineBundle<T> = Bundle & Joinable<T>;

/** A coroutine in a bundle, for {@link join}. It is no handle: there is nothing to close. */
export type BundleTask<T> = object & Joinable<T>;

export class BundleResource implements Resource, GroupWatcher {
  readonly group: Group;
  /** The coroutine that go() made the bundle for. */
  first: Task | null = null;
  private waiters: List<BundleWaiter> | null = null;

  /** `isBlock`: the coroutine that makes it sleeps until the bundle's coroutines have ended. */
  constructor(isBlock = false) {
    this.group = new Group(cell.maker === null ? null : cell.maker.owner, this, isBlock);
  }

  get kind(): string {
    return "a bundle";
  }

  query(type: unknown): unknown {
    return type === BundleResource ? this : undefined;
  }

  checkClose(): void {
    if (!this.group.hasRunningMember()) return;
    const message =
      "a bundle can't be closed by its own coroutine, nor by one that such a coroutine waits for; " +
      "return from the coroutine, or close the bundle from outside";
    throw dillError("EDEADLK", "hclose", { message });
  }

  close(): void {
    this.eachWaiter((waiter) => waiter.bundleClosed());
    this.group.cancelMembers();
    this.group.dissolve();
    const failure = this.group.takeFailure();
    if (failure !== undefined) throw failure.error;
  }

  addWaiter(waiter: BundleWaiter): void {
    (this.waiters ??= new List<BundleWaiter>()).add(waiter);
  }

  removeWaiter(waiter: BundleWaiter): void {
    this.waiters?.remove(waiter);
  }

  becameEmpty(_last: Task): void {
    this.eachWaiter((waiter) => waiter.bundleEmptied());
  }

  memberFailed(_task: Task): void {}

  /** Each leaves the list before it is told. */
  private eachWaiter(tell: (waiter: BundleWaiter) => void): void {
    const { waiters } = this;
    if (waiters === null) return;
    for (let waiter = waiters.first; waiter !== null; waiter = waiters.first) {
      waiters.remove(waiter);
      tell(waiter);
    }
  }
}

/** Who waits for a bundle: a bundleWait, or a join through the bundle's handle. */
export interface BundleWaiter extends Linked<BundleWaiter> {
  bundleEmptied(): void;
  bundleClosed(): void;
}

export function bundleOf(h: Handle, syscall: string): BundleResource {
  const resource = resourceOf(h, syscall);
  if (!(resource instanceof BundleResource)) throw wrongKind(h, resource, "a bundle", syscall);
  return resource;
}

/**
 * Makes an empty bundle: a set of coroutines that {@link hclose} ends together.
 *
 * Never blocks.
 *
 * @returns Handle of the bundle, for {@link bundleGo} and {@link bundleWait}.
 * @throws {@link DillError}
 * - `ECANCELED`: the coroutine is being canceled, or a handle's `close` is running.
 * @see bundle(3), https://libdill.org/bundle.html
 */
export function bundle(): Bundle {
  if (isShuttingDown()) throw cancellation(currentTask(), "bundle");
  return makeHandle<Bundle>(new BundleResource(), "bundle");
}

/**
 * Starts a coroutine in a bundle.
 *
 * It runs at once, up to the first operation that waits, before `bundleGo` returns. When it ends it leaves
 * no trace in the bundle. If an error escapes it, the other coroutines of the bundle are canceled, and
 * the next {@link bundleWait} or {@link hclose} of the bundle throws it. Unlike libdill, where only a
 * coroutine can start another, a callback of Node's may do so too. Never blocks.
 *
 * @param b - The bundle.
 * @param coroutine - The call of a generator function: `worker(1, 2)`, not `worker`.
 * @returns The coroutine, for {@link join}; may be ignored.
 * @throws {@link DillError}
 * - `EBADF`: the handle is not open.
 * - `ECANCELED`: the calling coroutine is being canceled; nothing was started.
 * - `EINVAL`: it is no generator.
 * - `ENOTSUP`: the handle is not a bundle.
 * @see bundle_go(3), https://libdill.org/bundle_go.html
 */
export function bundleGo<T>(b: Bundle, coroutine: Coroutine<T>): BundleTask<T> {
  if (isShuttingDown()) throw cancellation(currentTask(), "bundle_go");
  const { group } = bundleOf(b, "bundle_go");
  const generator = checkGenerator(coroutine, "bundleGo", "bundle_go");
  return group.start(generator) as object as BundleTask<T>;
}

/**
 * Waits until all coroutines of a bundle have ended.
 *
 * When the deadline comes first, the coroutines go on: only {@link hclose} ends them. The bundle stays
 * usable. Unlike libdill, any number of coroutines may wait for one bundle.
 *
 * @param b - The bundle.
 * @param deadline - Point on the clock of {@link now}, in milliseconds; `-1` never, `0` only look.
 * @throws {@link DillError}
 * - `EBADF`: the handle is not open, or was closed meanwhile.
 * - `ECANCELED`: the waiting coroutine is being canceled.
 * - `EINVAL`: the deadline is none.
 * - `ENOTSUP`: the handle is not a bundle.
 * - `ETIMEDOUT`: the deadline came first.
 *
 * Besides, the error that escaped a coroutine of the bundle, or an `AggregateError` of several.
 * @remarks Cancellation: the coroutines of the bundle go on.
 * @see bundle_wait(3), https://libdill.org/bundle_wait.html
 */
export function bundleWait(b: Bundle, deadline: number): Operation<void> {
  return new BundleWait(b, deadline);
}

class BundleWait extends BlockingOperation<void> implements BundleWaiter {
  readonly syscall = "bundle_wait";
  before: BundleWaiter | null = null;
  after: BundleWaiter | null = null;
  readonly #handle: Bundle;
  readonly #deadline: number;
  #bundle: BundleResource | null = null;
  /** The bundle has taken it out of its waiters already. */
  #isOut = false;

  constructor(handle: Bundle, deadline: number) {
    super();
    this.#handle = handle;
    this.#deadline = deadline;
  }

  protected begin(): Step<void> {
    this.checkCanceled();
    const deadline = readDeadline(this.#deadline, this.syscall);
    const waited = bundleOf(this.#handle, this.syscall);
    this.#bundle = waited;
    if (waited.group.hasFailure || waited.group.isEmpty) return this.resume();
    if (isPast(deadline)) throw this.errorOf("ETIMEDOUT");
    const task = this.waiter();
    waited.addWaiter(this);
    return this.suspend(task, deadline);
  }

  protected resume(): Step<void> {
    const failure = this.#bundle?.group.takeFailure();
    if (failure !== undefined) throw failure.error;
    return finished;
  }

  protected copy(): BundleWait {
    return new BundleWait(this.#handle, this.#deadline);
  }

  undo(): void {
    if (!this.#isOut) this.#bundle?.removeWaiter(this);
  }

  describe(): string {
    return `bundleWait(${this.#handle})`;
  }

  bundleEmptied(): void {
    if (this.task !== null) wake(this.task);
  }

  bundleClosed(): void {
    this.#isOut = true;
    if (this.task !== null) interrupt(this.task, "EBADF");
  }
}
