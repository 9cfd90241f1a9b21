import { sockets } from "../host/index.js";
import type { Operation, Step } from "../kernel/index.js";
import { ipc, type IpcSocket } from "./ipcSocket.js";
import { Opening, socketFor } from "../sockets/index.js";

/**
 * Makes a pair of connected local sockets.
 *
 * Node has no socketpair(2): the two meet at a listener in a private directory, which is gone again before they are returned.
 * On Linux the listener, which no other process finds, is kept for the next pair until the last run ends: two descriptors.
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

class Pair extends Opening<[IpcSocket, IpcSocket]> {
  readonly syscall = "ipc_pair";
  #attempt: { close(): void } | null = null;

  protected begin(): Step<[IpcSocket, IpcSocket]> {
    this.checkCanceled();
    const task = this.waiter(); // Effection may put another one in its place
    this.#attempt = sockets().pair({
      paired: (a, b) =>
        this.open((waiting) => [socketFor(ipc, waiting, a), socketFor(ipc, waiting, b)]),
      failed: (failure) => this.fail(failure),
    });
    return this.suspendUnlessCome(task, Infinity, "outside");
  }

  undo(): void {
    this.#attempt?.close();
  }

  protected copy(): Pair {
    return new Pair();
  }
}
