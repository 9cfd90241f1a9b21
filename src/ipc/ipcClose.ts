import type { Operation } from "../kernel/index.js";
import { closeSocket } from "../sockets/index.js";
import { ipc, type IpcListener, type IpcSocket } from "./ipcSocket.js";

/**
 * Closes a socket in good order: says that nothing more will be sent, then waits for the peer's end.
 *
 * When it returns, the peer has closed its side after our end could be seen. What the peer still sends
 * meanwhile is dropped. Whether it succeeds or not, the handle is closed, unless it was none of ours. A
 * listener is just closed.
 *
 * @param s - The socket, or a listener.
 * @param deadline - Point on the clock of {@link now}, in milliseconds; `-1` never, `0` don't wait.
 * @throws {@link DillError}
 * - `EBADF`: the handle is not open, or was closed meanwhile.
 * - `EBUSY`: another coroutine is receiving on this socket, or a `copyBidirectional` uses it.
 * - `ECANCELED`: the coroutine is being canceled, and the peer's end had not been read from the kernel before.
 * - `ECONNRESET`: the connection is broken.
 * - `EINVAL`: the deadline is none; the handle stays open.
 * - `ENOTSUP`: the handle is not an ipc socket; it stays open.
 * - `ETIMEDOUT`: the deadline came before the peer's end.
 * @remarks Cancellation: the socket is closed, as by {@link hclose}.
 * @see ipc_close(3), https://libdill.org/ipc_close.html
 */
export function ipcClose(s: IpcSocket | IpcListener, deadline: number): Operation<void> {
  return closeSocket(ipc, s, deadline, "ipc_close");
}
