import type { Operation } from "../kernel/index.js";
import { Accept, listenerOf, type ListenerResource } from "../sockets/index.js";
import { ipc, type IpcListener, type IpcSocket } from "./ipcSocket.js";

/**
 * Waits for a connection.
 *
 * Connections are handed out in the order in which they came. After an error, a deadline or a cancellation the
 * listener is as it was.
 *
 * While no file descriptor is left, Node closes whatever connection comes. So it does not wait then, but throws
 * `EMFILE`: close something, or sleep for a moment, and call it again. If the last descriptor goes while it
 * waits, the next call tells.
 *
 * @param ls - The listener.
 * @param deadline - Point on the clock of {@link now}, in milliseconds; `-1` never, `0` only what is there.
 * @returns Handle of the connected socket: a bytestream for {@link bsend} and {@link brecv}.
 * @throws {@link DillError}
 * - `EBADF`: the handle is not open, or was closed meanwhile.
 * - `EBUSY`: another coroutine waits for a connection on this listener.
 * - `ECANCELED`: the coroutine is being canceled.
 * - `EINVAL`: the deadline is none.
 * - `EMFILE`: the process has no file descriptor left for another connection.
 * - `ENFILE`: the system has none left.
 * - `ENOTSUP`: the handle is not an ipc listener.
 * - `EPIPE`: {@link ipcDone} was called on the listener, and all that it had taken were accepted.
 * - `ETIMEDOUT`: the deadline came first.
 * @remarks Cancellation: no connection has been taken. Unlike libdill, which drops one that was waiting. But a connection that
 * had come before the cancellation is returned: close it if {@link bundleGo} throws, or let {@link serve} do all that.
 * @see ipc_accept(3), https://libdill.org/ipc_accept.html
 */
export function ipcAccept(ls: IpcListener, deadline: number): Operation<IpcSocket> {
  return new IpcAccept(ls, deadline);
}

class IpcAccept extends Accept<IpcSocket> {
  readonly syscall = "ipc_accept";

  protected listenerOf(ls: IpcListener): ListenerResource {
    return listenerOf(ipc, ls, this.syscall);
  }

  protected copy(): IpcAccept {
    return new IpcAccept(this.handle, this.deadline);
  }
}
