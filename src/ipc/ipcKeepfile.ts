import { listenerOf } from "../sockets/index.js";
import { ipc, type IpcListener } from "./ipcSocket.js";

/**
 * Leaves the listener's socket file where it is when the listener is closed.
 *
 * For a server that has given its listening socket to a successor: from then on the file is the successor's. Call it before {@link ipcDone}, which removes the file. Of a listener that was made by
 * {@link ipcListenerFromfd} the file stays in any case. Never blocks.
 *
 * @param ls - The listener.
 * @throws {@link DillError}
 * - `EBADF`: the handle is not open.
 * - `ENOTSUP`: the handle is not an ipc listener.
 * Source: libdill's ipc_listen, which never removes its file
 */
export function ipcKeepfile(ls: IpcListener): void {
  listenerOf(ipc, ls, "ipc_keepfile").host?.keepFile?.();
}
