import { ipc, type IpcSocket } from "../ipc/index.js";
import { connectionOf } from "../sockets/index.js";
import { keptIn } from "./keeping.js";

/**
 * Keeps the file descriptors that come on a socket for {@link ipcRecvfd}, while bytes are received as ever.
 *
 * A socket reads ahead, and Node's own reads lose the descriptors that they meet. So before the first receive on a socket that
 * descriptors may come on, say so here, unless that first receive is `ipcRecvfd`, which says it itself. From then on the
 * socket reads ahead as far as the next descriptor, and not past it. Another call changes nothing. Never blocks.
 *
 * @param s - The socket, on which nothing was received yet.
 * @throws {@link DillError}
 * - `EBADF`: the handle is not open.
 * - `EINVAL`: a receive has begun on the socket before, so that a descriptor may be lost already.
 * - `EMFILE`: the process has no descriptor left.
 * - `ENOTSUP`: the handle is not an ipc socket, or a simulated one; or there is no way to ask the system, and the message says what is missing.
 * Source: libdill-ts (libdill's brecv does not read ahead on ipc sockets)
 */
export function ipcKeepfds(s: IpcSocket): void {
  keptIn(connectionOf(ipc, s, "ipc_keepfds"), "ipc_keepfds");
}
