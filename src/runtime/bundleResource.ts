// What is behind a bundle's handle: a group whose failures somebody will ask for.
import { List } from "../collections/index.js";
import { dillError } from "../errors/index.js";
import { current, type Handle, type Resource, resourceOf, wrongKind } from "../handles/index.js";
import {
  asOutsider,
  currentTask,
  errorOf,
  type Event,
  failAll,
  failOwner,
  fireAll,
  Group,
  isAtEndOfStack,
  newFailure,
  type Task,
  type Waiter,
  watchUnseen,
} from "../kernel/index.js";

/** What isolates the coroutines of a bundle from each other. */
export type OnError = (error: unknown) => void;

// How far its end has come: nothing is over; it takes no new coroutine; its handle is gone, or about to go; its failures were told.
const open = 0;
const full = 1;
const gone = 2;
const over = 3;

export class BundleResource extends Group implements Resource {
  /** The coroutine that go() made the bundle for. */
  coroutine: Task | null = null;
  private stage: typeof open | typeof full | typeof gone | typeof over = open;
  private waiters: List<Waiter> | null = null;
  /** Told when the last coroutine has ended, while a bundleClose waits for that. */
  private tellCloser: (() => void) | null = null;
  private readonly onError: OnError | null;

  constructor(onError: OnError | null = null, parent: Task | null = null) {
    super(current.task === null ? null : current.task.owner, parent);
    this.onError = onError;
  }

  get kind(): string {
    return "a bundle";
  }

  query(type: unknown): unknown {
    return type === BundleResource ? this : undefined;
  }

  checkClose(syscall = "hclose", closer: Task | null = currentTask()): void {
    if (isAtEndOfStack() && !this.isEmpty) {
      const message =
        "hundreds of coroutines close each other in a chain, each inside the finally of the one before; " +
        "close them one after the other";
      throw dillError("EDEADLK", syscall, message);
    }
    if (!this.hasRunningMember(closer)) return;
    const message =
      "a bundle can't be closed by its own coroutine, nor by one that such a coroutine waits for; " +
      "return from the coroutine, or close the bundle from outside";
    throw dillError("EDEADLK", syscall, message);
  }

  close(): void {
    this.stopTaking();
    if (!this.isEmpty) this.cancelAll();
    this.end();
  }

  /** All have ended: tells of their failures. */
  end(): void {
    this.stage = over;
    this.unlink();
    if (this.hasFailed) throw errorOf(this.takeFailures());
  }

  /** Whether it is being closed, or over: nothing can be started in it any more. */
  get takesNobody(): boolean {
    return this.stage !== open;
  }

  /** It takes no new coroutine, though its handle is still there. */
  fill(): void {
    if (this.stage === open) this.stage = full;
  }

  /** The handle is gone, or about to go: whoever waits on it hears of that. */
  stopTaking(): void {
    if (this.stage !== over) this.stage = gone;
    if (this.waiters !== null) failAll(this.waiters, "EBADF");
  }

  /** A bundleClose begins to wait in the task's name, and so its members count as running inside it. */
  closeFor(closer: Task, ended: () => void): void {
    this.closer = closer;
    this.tellCloser = ended;
  }

  addWaiter(waiter: Waiter): void {
    if (this.stage >= gone) {
      waiter.fail("EBADF"); // closed since the caller has looked
      return;
    }
    (this.waiters ??= new List<Waiter>()).add(waiter);
  }

  removeWaiter(waiter: Waiter): void {
    this.waiters?.remove(waiter);
  }

  protected override emptied(): void {
    const { waiters } = this;
    if (waiters !== null && waiters.first !== null) {
      this.failures?.markAsked();
      fireAll(waiters);
    }
    this.tellCloser?.();
  }

  protected override memberFailed(task: Task): void {
    const { onError } = this;
    if (onError === null) {
      this.fail(task.value, task);
      return;
    }
    try {
      const returned: unknown = asOutsider(() => onError(task.value));
      if (returned instanceof Promise) this.awaitHandler(returned);
    } catch (error) {
      this.fail(error, null);
    }
  }

  /** An async function is called like any other, and the run does not end before it. */
  private awaitHandler(handled: Promise<unknown>): void {
    const ended = handled.catch((error: unknown) => this.fail(error, null));
    this.owner?.awaitWork(ended);
  }

  /** Whether somebody waits who will be told of a failure. */
  private get isAwaited(): boolean {
    return this.closer !== null || (this.waiters !== null && this.waiters.first !== null);
  }

  private fail(error: unknown, task: Task | null): void {
    const failure = newFailure(error, task);
    if (this.stage === over) {
      // It was closed by its own onError, which has thrown after that: nobody will ask here any more.
      failOwner(this.owner, failure.error);
      return;
    }
    this.keep(failure);
    watchUnseen(failure, () => this.isAwaited);
    this.cancelSiblings();
  }
}

export function bundleOf(h: Handle, syscall: string): BundleResource {
  const resource = resourceOf(h, syscall);
  if (!(resource instanceof BundleResource)) throw wrongKind(h, resource, "a bundle", syscall);
  return resource;
}

/** All coroutines of a bundle have ended. The errors that escaped them are what came of it. */
export class BundleEnd implements Event<void> {
  readonly source = "coroutines";
  readonly bundle: BundleResource;

  constructor(h: Handle, syscall: string) {
    this.bundle = bundleOf(h, syscall);
  }

  isReady(): boolean {
    return this.bundle.isEmpty;
  }

  add(waiter: Waiter): void {
    this.bundle.addWaiter(waiter);
  }

  remove(waiter: Waiter): void {
    this.bundle.removeWaiter(waiter);
  }

  take(): void {
    if (this.bundle.hasFailed) throw errorOf(this.bundle.takeFailures());
  }
}
