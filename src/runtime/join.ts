import { List } from "../collections/index.js";
import { dillError } from "../errors/index.js";
import { resourceOf, wrongKind, type Handle } from "../handles/index.js";
import { BundleResource, type BundleWaiter, type Joinable } from "./bundle.js";
import { done, type Joiner, Task } from "./coroutine.js";
import { isPast, readDeadline } from "./deadline.js";
import { Group } from "./group.js";
import type { Operation } from "./operation.js";
import { interrupt, wake } from "./scheduler.js";
import { BlockingOperation, type Step } from "./wait.js";

/**
 * Waits for a coroutine's end and returns its value, or throws its error.
 *
 * An error that was thrown here is not thrown again by {@link bundleWait} or {@link hclose}. A
 * coroutine may be joined any number of times, by any number of others.
 *
 * @param h - What {@link go} or {@link bundleGo} returned.
 * @param deadline - Point on the clock of {@link now}, in milliseconds; `-1` never, `0` only look.
 * @returns What the coroutine returned.
 * @throws {@link DillError}
 * - `EBADF`: the handle is not open, or was closed meanwhile.
 * - `ECANCELED`: the waiting coroutine is being canceled, or the one waited for was.
 * - `EINVAL`: the deadline is none.
 * - `ENOTSUP`: the handle was not made by {@link go}.
 * - `ETIMEDOUT`: the deadline came first.
 *
 * Besides, the error that escaped the coroutine.
 * @remarks Cancellation: the coroutine waited for goes on.
 * Source: pthread_join(3); the name is Go's and Effection's for the same thing.
 */
export function join<T>(h: Joinable<T>, deadline: number): Operation<T> {
  return new Join<T>(h, deadline);
}

class Join<T> extends BlockingOperation<T> implements Joiner {
  readonly syscall = "join";
  before: Joiner | null = null;
  after: Joiner | null = null;
  readonly #joined: Joinable<T>;
  readonly #deadline: number;
  #target: Task | null = null;
  #throughHandle: JoinedBundle | null = null;

  constructor(joined: Joinable<T>, deadline: number) {
    super();
    this.#joined = joined;
    this.#deadline = deadline;
  }

  protected begin(): Step<T> {
    this.checkCanceled();
    const deadline = readDeadline(this.#deadline, this.syscall);
    const target = joinTarget(this.#joined, this.syscall);
    this.#target = target;
    if (target.state === done) return this.resume();
    if (isPast(deadline)) throw this.errorOf("ETIMEDOUT");
    const task = this.waiter();
    (target.joiners ??= new List<Joiner>()).add(this);
    this.#throughHandle = watchBundle(this.#joined, () => interrupt(task, "EBADF"));
    return this.suspend(task, deadline);
  }

  protected resume(): Step<T> {
    return this.complete(resultOf(this.#target as Task) as T);
  }

  protected copy(): Join<T> {
    return new Join(this.#joined, this.#deadline);
  }

  undo(): void {
    this.#target?.joiners?.remove(this);
    this.#throughHandle?.leave();
  }

  describe(): string {
    return "join";
  }

  taskEnded(): void {
    this.#throughHandle?.leave();
    if (this.task !== null) wake(this.task);
  }
}

/** The coroutine behind what join takes. */
export function joinTarget(joined: unknown, syscall: string): Task {
  return joined instanceof Task ? joined : (joinedBundle(joined as Handle, syscall).first as Task);
}

/** What a coroutine that has ended came to: its value, or its error, of which somebody has been told now. */
export function resultOf(target: Task): unknown {
  if (!target.hasThrown) return target.value;
  if (target.group instanceof Group) target.group.forgive(target);
  throw target.value;
}

/** Calls `closed` if a coroutine is joined through a handle, and that is closed. */
export function watchBundle(joined: unknown, closed: () => void): JoinedBundle | null {
  if (joined instanceof Task) return null;
  return new JoinedBundle(joinedBundle(joined as Handle, "join"), closed);
}

/** Hears of it when the handle through which a coroutine is joined is closed. */
export class JoinedBundle implements BundleWaiter {
  before: BundleWaiter | null = null;
  after: BundleWaiter | null = null;
  readonly #closed: () => void;
  #bundle: BundleResource | null;

  constructor(bundle: BundleResource, closed: () => void) {
    this.#bundle = bundle;
    this.#closed = closed;
    bundle.addWaiter(this);
  }

  leave(): void {
    this.#bundle?.removeWaiter(this);
    this.#bundle = null;
  }

  /** Never called: the coroutine that is joined ends first, and the join has left by then. */
  bundleEmptied(): void {}

  bundleClosed(): void {
    this.#bundle = null;
    this.#closed();
  }
}

function joinedBundle(h: Handle, syscall: string): BundleResource {
  const resource = resourceOf(h, syscall);
  if (resource instanceof BundleResource && resource.first !== null) return resource;
  if (!(resource instanceof BundleResource)) {
    throw wrongKind(h, resource, "a coroutine made by go", syscall);
  }
  const message = `handle ${h} is a bundle of its own; join what bundleGo returned, or use bundleWait`;
  throw dillError("ENOTSUP", syscall, { message });
}
