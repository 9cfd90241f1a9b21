// A coroutine ends: what join waits for.
import { List } from "../collections/index.js";
import { dillError } from "../errors/index.js";
import { type Handle, resourceOf, wrongKind } from "../handles/index.js";
import { done, type Event, Group, type Interruption, Task, type Waiter } from "../kernel/index.js";
import { BundleResource } from "./bundleResource.js";

declare const result: unique symbol;

/** What {@link join} waits for: a coroutine with a value of type `T`. */
export interface Joinable<T> {
  readonly [result]: T;
}

export class TaskEnd<T = unknown> implements Event<T>, Waiter {
  readonly source = "coroutines";
  before: Waiter | null = null;
  after: Waiter | null = null;
  private readonly target: Task;
  /** Through its handle the coroutine is joined; its closing ends the wait. */
  private readonly bundle: BundleResource | null;
  private closing: HandleClosing | null = null;
  private waiter: Waiter | null = null;

  constructor(joined: Joinable<T>, syscall: string) {
    const given: unknown = joined;
    this.bundle = given instanceof Task ? null : joinedBundle(given, syscall);
    this.target = given instanceof Task ? given : (this.bundle?.coroutine as Task);
  }

  get task(): Task {
    return this.target;
  }

  isReady(): boolean {
    return this.target.state === done;
  }

  add(waiter: Waiter): void {
    this.waiter = waiter;
    (this.target.joiners ??= new List<Waiter>()).add(this);
    if (this.bundle === null) return;
    this.closing = new HandleClosing(this);
    this.bundle.addWaiter(this.closing);
  }

  remove(_waiter: Waiter): void {
    this.target.joiners?.remove(this);
    this.leaveBundle();
  }

  /** The value; or throws the error, of which somebody has been told now. */
  take(): T {
    const { target } = this;
    if (target.ending === "value") return target.value as T;
    if (target.group instanceof Group) target.group.markReported(target);
    throw target.value;
  }

  fire(): void {
    this.leaveBundle();
    this.waiter?.fire();
  }

  fail(why: Interruption): void {
    this.target.joiners?.remove(this);
    this.closing = null;
    this.waiter?.fail(why);
  }

  private leaveBundle(): void {
    if (this.closing !== null) this.bundle?.removeWaiter(this.closing);
    this.closing = null;
  }
}

/** Hears of it when the handle through which a coroutine is joined is closed. */
class HandleClosing implements Waiter {
  before: Waiter | null = null;
  after: Waiter | null = null;
  private readonly end: TaskEnd;

  constructor(end: TaskEnd) {
    this.end = end;
  }

  /** Never called: the coroutine that is joined ends first, and this has left the bundle by then. */
  fire(): void {}

  fail(why: Interruption): void {
    this.end.fail(why);
  }
}

function joinedBundle(given: unknown, syscall: string): BundleResource {
  const h = given as Handle;
  const resource = resourceOf(h, syscall);
  if (resource instanceof BundleResource && resource.coroutine !== null) return resource;
  if (!(resource instanceof BundleResource)) {
    throw wrongKind(h, resource, "a coroutine made by go", syscall);
  }
  const message = `handle ${h} is a bundle of its own; join what bundleGo returned, or use bundleWait`;
  throw dillError("ENOTSUP", syscall, message);
}
