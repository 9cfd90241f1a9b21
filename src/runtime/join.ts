import { type Operation, Wait, type WaitsFor } from "../kernel/index.js";
import { type Joinable, TaskEnd } from "./taskEnd.js";

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

class Join<T> extends Wait<T> {
  readonly syscall = "join";
  private readonly joined: Joinable<T>;

  constructor(joined: Joinable<T>, deadline: number) {
    super(deadline);
    this.joined = joined;
  }

  protected findEvent(): TaskEnd<T> {
    return new TaskEnd(this.joined, this.syscall);
  }

  protected copy(): Join<T> {
    return new Join(this.joined, this.deadline);
  }

  override waitsFor(): WaitsFor {
    const { event } = this;
    const tasks = event instanceof TaskEnd ? [event.task] : undefined;
    const handle = typeof this.joined === "number" ? this.joined : undefined;
    return { what: "join", handle, tasks };
  }
}
