// What connecting, listening, pairing and adopting share: the outside tells that it is done, or why not.
import { closeHandle, type Handle, makeHandleFor } from "../handles/index.js";
import type { Failure, ListenEvents } from "../host/index.js";
import { BlockingOperation, type Step, type Task } from "../kernel/index.js";
import { failureError } from "./failureError.js";
import type { ListenerResource } from "./listener.js";

export abstract class Opening<T extends Handle | Handle[]> extends BlockingOperation<T> {
  private opened: T | null = null;
  private failure: Failure | null = null;

  /** It is done: makes the handles, for the coroutine that waits. */
  protected open(makeHandles: (task: Task) => T): void {
    if (this.task === null) return;
    this.opened = makeHandles(this.task);
    this.come();
  }

  protected fail(failure: Failure): void {
    this.failure = failure;
    this.come();
  }

  protected resume(): Step<T> {
    if (this.failure !== null) throw this.errorFor(this.failure);
    return this.complete(this.opened as T);
  }

  protected errorFor(failure: Failure): Error {
    return failureError(failure, this.syscall, this.address());
  }

  override giveBack(): void {
    for (const h of [this.opened ?? []].flat()) closeHandle(h, this.syscall);
  }
}

export abstract class OpeningListener<L extends Handle> extends Opening<L> {
  /** What the host tells, first of the opening and then of the listener. */
  protected eventsFor(listener: ListenerResource): ListenEvents {
    let isListening = false;
    return {
      listening: () => {
        isListening = true;
        this.open((task) => makeHandleFor(task, listener) as L);
      },
      accepted: (socket) => listener.arrived(socket),
      failed: (failure) => {
        if (isListening) listener.failed(failure);
        else this.fail(failure);
      },
    };
  }
}
