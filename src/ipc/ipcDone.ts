import type { Operation } from "../kernel/index.js";
import { endOutgoing } from "../sockets/index.js";
import { ipc, type IpcSocket } from "./ipcSocket.js";

/**
 * Says that nothing more will be sent: the peer's receives end with `EPIPE`. Receiving goes on.
 *
 * It never waits. A coroutine that is blocked sending on the socket gets `ECONNRESET`.
 *
 * @param s - The socket.
 * @param deadline - As everywhere; there is nothing that it could cut short.
 * @throws {@link DillError}
 * - `EBADF`: the handle is not open.
 * - `EBUSY`: a `copyBidirectional` uses the socket.
 * - `ECONNRESET`: an earlier send failed, so that the peer can't be told.
 * - `EINVAL`: the deadline is none.
 * - `ENOTSUP`: the handle is not an ipc socket.
 * - `EPIPE`: it has been said already.
 * @remarks Cancellation: works in a coroutine that is being canceled, too.
 * @see ipc_done(3), https://libdill.org/ipc_done.html
 */
export function ipcDone(s: IpcSocket, deadline: number): Operation<void> {
  return endOutgoing(ipc, s, deadline, "ipc_done");
}
