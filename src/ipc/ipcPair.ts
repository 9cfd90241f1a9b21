import { closeHandle } from "../handles/index.js";
import { type Failure, host } from "../host/index.js";
import { BlockingOperation, type Operation, type Step, wake } from "../runtime/index.js";
import { failureError, type IpcSocket, socketFor } from "./ipcSocket.js";

/**
 * Makes a pair of connected local sockets.
 *
 * Node has no socketpair(2): the two meet through a file in a private directory, which is gone again
 * before they are returned.
 *
 * @returns Handles of the two ends.
 * @throws {@link DillError}
 * - `EACCES`: the system's directory for temporary files may not be written.
 * - `ECANCELED`: the coroutine is being canceled.
 * - `EMFILE`: the process has no file descriptor left.
 * - `ENFILE`: the system has no file descriptor left.
 * - `ENOMEM`: the kernel has no memory left.
 * @remarks Cancellation: nothing is left behind, no socket and no file.
 * @see ipc_pair(3), https://libdill.org/ipc_pair.html
 */
export function ipcPair(): Operation<[IpcSocket, IpcSocket]> {
  return new Pair();
}

class Pair extends BlockingOperation<[IpcSocket, IpcSocket]> {
  readonly syscall = "ipc_pair";
  #attempt: { close(): void } | null = null;
  #handles: [IpcSocket, IpcSocket] | null = null;
  #failure: Failure | null = null;

  protected begin(): Step<[IpcSocket, IpcSocket]> {
    this.checkCanceled();
    const task = this.waiter(); // Effection may put another one in its place
    this.#attempt = host.sockets.pair({
      paired: (a, b) => {
        if (this.task === null) return;
        this.#handles = [socketFor(this.task, a), socketFor(this.task, b)];
        wake(this.task);
      },
      failed: (failure) => {
        this.#failure = failure;
        if (this.task !== null) wake(this.task);
      },
    });
    return this.suspendExternal(task, Infinity);
  }

  protected resume(): Step<[IpcSocket, IpcSocket]> {
    if (this.#failure !== null) throw failureError(this.#failure, this.syscall);
    return this.complete(this.#handles as [IpcSocket, IpcSocket]);
  }

  undo(): void {
    this.#attempt?.close();
  }

  override giveBack(): void {
    for (const h of this.#handles ?? []) closeHandle(h, this.syscall);
  }

  protected copy(): Pair {
    return new Pair();
  }

  describe(): string {
    return "ipcPair()";
  }
}
