import { Options } from "../errors/index.js";
import { inet } from "../host/index.js";
import type { Operation } from "../kernel/index.js";
import {
  AdoptListener,
  adoptSocket,
  type ListenerAdoption,
  ListenerResource,
} from "../sockets/index.js";
import { readTcpOptions, type TcpOptions } from "./options.js";
import { tcp, type TcpListener, type TcpSocket } from "./tcpSocket.js";

/**
 * Makes a socket of a descriptor that another library or a parent process has connected.
 *
 * From then on the descriptor belongs to the socket: it is closed with it. Unlike libdill, which duplicates
 * it and closes the original, the number stays the same. If the operation fails it stays as it was.
 *
 * @param fd - Number of an open descriptor: a connected TCP socket.
 * @returns Handle of the socket.
 * @throws {@link DillError}
 * - `EBADF`: no such descriptor is open.
 * - `EBUSY`: Node, or an open socket of this process, uses the descriptor already.
 * - `ECANCELED`: the coroutine is being canceled.
 * - `EINVAL`: it is no descriptor's number, no TCP socket, or one that listens.
 * - `EMFILE`: the process has no file descriptor left to look at it; it stays open.
 * - `ENFILE`: the system has none left; it stays open.
 * - `ENOTSOCK`: it is no socket.
 * @remarks Cancellation: the descriptor stays open.
 * @see tcp_fromfd(3), https://libdill.org/tcp_fromfd.html
 */
export function tcpFromfd(fd: number): Operation<TcpSocket> {
  return adoptSocket(tcp, () => inet().adopt(fd), "tcp_fromfd");
}

/**
 * Makes a listener of a descriptor that listens already, such as one from systemd's socket activation.
 *
 * From then on the descriptor belongs to the listener: it is closed with it.
 *
 * @param fd - Number of an open descriptor: a listening TCP socket.
 * @param options - How its connections behave: what {@link tcpListen} was told does not come with the descriptor.
 * @returns Handle of the listener.
 * @throws {@link DillError}
 * - `EBADF`: no such descriptor is open.
 * - `EBUSY`: Node, or an open socket of this process, uses the descriptor already.
 * - `ECANCELED`: the coroutine is being canceled.
 * - `EINVAL`: it is no descriptor's number, no TCP socket, or one that does not listen; or an option is none.
 * - `EMFILE`: the process has no file descriptor left to look at it; it stays open.
 * - `ENFILE`: the system has none left; it stays open.
 * - `ENOTSOCK`: it is no socket.
 * @remarks Cancellation: before it is taken over, the descriptor stays open; after that it is closed.
 * @see tcp_listener_fromfd(3), https://libdill.org/tcp_listener_fromfd.html
 */
export function tcpListenerFromfd(fd: number, options?: TcpOptions): Operation<TcpListener> {
  return new AdoptListener(fd, adoptionWith(options));
}

function adoptionWith(options: TcpOptions | undefined): ListenerAdoption {
  const syscall = "tcp_listener_fromfd";
  return {
    syscall,
    name: "tcpListenerFromfd",
    newListener: () => new ListenerResource(tcp, 0),
    adopt(fd, events) {
      const given = readTcpOptions(new Options(options, syscall));
      return inet().adoptListener(fd, given, events);
    },
  };
}
