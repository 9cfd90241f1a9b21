import {
  closeHandle,
  closingError,
  dropHandle,
  isClosing,
  isShuttingDown,
  type Owner,
} from "../handles/index.js";
import {
  currentTask,
  finished,
  isPast,
  type Operation,
  readDeadline,
  ScopedOperation,
  type Step,
  type WaitsFor,
} from "../kernel/index.js";
import type { Bundle } from "./bundle.js";
import { bundleOf, type BundleResource } from "./bundleResource.js";

/**
 * Closes a bundle in good order: its coroutines are told, and have until the deadline to clean up.
 *
 * Each coroutine gets `ECANCELED` once, where {@link hclose} would give it. After that it may wait and start
 * coroutines, so that a `finally` can flush, roll back or say goodbye. At the deadline whoever is left is canceled as by
 * {@link hclose}. The handle is gone from the call on. In a coroutine that is being canceled already it is {@link hclose}.
 *
 * @param b - The bundle.
 * @param deadline - Point on the clock of {@link now}, in milliseconds; `-1` waits for ever, `0` is {@link hclose}.
 * @throws {@link DillError}
 * - `EBADF`: the handle is not open.
 * - `ECANCELED`: the closing coroutine was canceled without grace, and so were the coroutines of the bundle.
 * - `EDEADLK`: the bundle is closed from inside. Nothing has changed.
 * - `EINVAL`: the deadline is none. Nothing has changed.
 * - `ENOTSUP`: the handle is not a bundle.
 *
 * Besides, the error that escaped a coroutine of the bundle, or an `AggregateError` of several. That the deadline came
 * is no error.
 * @remarks Cancellation: the coroutines of the bundle are canceled and have ended before the error arrives. A caller that
 * is itself in a grace goes on waiting.
 * @example A server's last second
 * ```ts
 * try {
 *   while (true) bundleGo(clients, dialogue(yield* ipcAccept(ls, -1)));
 * } finally {
 *   hclose(ls);
 *   yield* bundleClose(clients, now() + 1000);
 * }
 * ```
 * Source: the grace of trio's and Kubernetes' shutdowns; ipc_close(3) of libdill is to hclose(3) what this is.
 */
export function bundleClose(b: Bundle, deadline: number): Operation<void> {
  return new BundleClose(b, deadline);
}

/** The bundles of each run that are being closed: they have no handle any more by which the run could end them. */
const closings = new WeakMap<Owner, Set<BundleResource>>();

export function closingsOf(owner: Owner): Iterable<BundleResource> {
  return closings.get(owner) ?? [];
}

class BundleClose extends ScopedOperation<void> {
  readonly syscall = "bundle_close";
  private readonly handle: Bundle;
  private readonly deadline: number;
  private bundle: BundleResource | null = null;

  constructor(handle: Bundle, deadline: number) {
    super();
    this.handle = handle;
    this.deadline = deadline;
  }

  protected begin(): Step<void> {
    const deadline = readDeadline(this.deadline, this.syscall);
    const bundle = bundleOf(this.handle, this.syscall);
    bundle.checkClose(this.syscall, this.task ?? currentTask());
    if (isShuttingDown() || isPast(deadline)) {
      closeHandle(this.handle, this.syscall);
      return finished;
    }
    if (isClosing(this.handle)) throw closingError(this.handle, this.syscall);
    dropHandle(this.handle);
    this.bundle = bundle;
    const task = this.waiter();
    bundle.closeFor(task, () => this.somethingEnded());
    remember(bundle);
    bundle.stopTaking();
    bundle.tellAll();
    return this.waitForEnd(deadline);
  }

  protected isOver(): boolean {
    return this.bundle?.isEmpty === true;
  }

  protected finish(): Step<void> {
    const bundle = this.bundle as BundleResource;
    forget(bundle);
    bundle.end();
    if (this.wasCanceled) throw this.errorOf("ECANCELED");
    return finished;
  }

  protected cancelMembers(): void {
    this.bundle?.cancelAll();
    this.somethingEnded();
  }

  /** It is where hclose would be, which throws no ECANCELED: a clean-up may begin with it. */
  protected override get takesOwed(): boolean {
    return false;
  }

  /** A closer that is told goes on waiting, by its own deadline. Its ECANCELED comes with its next operation. */
  override tellInside(): void {}

  protected tellMembers(): void {}

  protected copy(): BundleClose {
    return new BundleClose(this.handle, this.deadline);
  }

  override waitsFor(): WaitsFor {
    return { what: this.syscall, handle: Number(this.handle) };
  }
}

function remember(bundle: BundleResource): void {
  const { owner } = bundle;
  if (owner === null) return;
  const known = closings.get(owner) ?? new Set<BundleResource>();
  closings.set(owner, known);
  known.add(bundle);
}

function forget(bundle: BundleResource): void {
  if (bundle.owner !== null) closings.get(bundle.owner)?.delete(bundle);
}
