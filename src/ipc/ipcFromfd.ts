import { sockets } from "../host/index.js";
import type { Operation } from "../kernel/index.js";
import {
  AdoptListener,
  adoptSocket,
  type ListenerAdoption,
  ListenerResource,
} from "../sockets/index.js";
import { ipc, type IpcListener, type IpcSocket } from "./ipcSocket.js";

/**
 * Makes a socket of a descriptor that another library or a parent process has connected.
 *
 * From then on the descriptor belongs to the socket: it is closed with it. Unlike libdill, which duplicates
 * it and closes the original, the number stays the same. If the operation fails it stays as it was.
 *
 * @param fd - Number of an open descriptor: a connected local stream socket.
 * @returns Handle of the socket.
 * @throws {@link DillError}
 * - `EBADF`: no such descriptor is open.
 * - `EBUSY`: Node, or an open socket of this process, uses the descriptor already.
 * - `ECANCELED`: the coroutine is being canceled.
 * - `EINVAL`: it is no descriptor's number, no local stream socket, or one that listens.
 * - `EMFILE`: the process has no file descriptor left to look at it; it stays open.
 * - `ENFILE`: the system has none left; it stays open.
 * - `ENOTSOCK`: it is no socket.
 * @remarks Cancellation: the descriptor stays open.
 * @see ipc_fromfd(3), https://libdill.org/ipc_fromfd.html
 */
export function ipcFromfd(fd: number): Operation<IpcSocket> {
  return adoptSocket(ipc, () => sockets().adopt(fd), "ipc_fromfd");
}

/**
 * Makes a listener of a descriptor that listens already, such as one from systemd's socket activation.
 *
 * From then on the descriptor belongs to the listener: it is closed with it. The socket file is not
 * removed.
 *
 * @param fd - Number of an open descriptor: a listening local stream socket.
 * @returns Handle of the listener.
 * @throws {@link DillError}
 * - `EBADF`: no such descriptor is open.
 * - `EBUSY`: Node, or an open socket of this process, uses the descriptor already.
 * - `ECANCELED`: the coroutine is being canceled.
 * - `EINVAL`: it is no descriptor's number, no local stream socket, or one that does not listen.
 * - `EMFILE`: the process has no file descriptor left to look at it; it stays open.
 * - `ENFILE`: the system has none left; it stays open.
 * - `ENOTSOCK`: it is no socket.
 * @remarks Cancellation: before it is taken over, the descriptor stays open; after that it is closed.
 * @see ipc_listener_fromfd(3), https://libdill.org/ipc_listener_fromfd.html
 */
export function ipcListenerFromfd(fd: number): Operation<IpcListener> {
  return new AdoptListener(fd, adoption);
}

const adoption: ListenerAdoption = {
  syscall: "ipc_listener_fromfd",
  name: "ipcListenerFromfd",
  newListener: () => new ListenerResource(ipc, 0),
  adopt: (fd, events) => sockets().adoptListener(fd, events),
};
