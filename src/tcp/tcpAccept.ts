import type { Operation } from "../kernel/index.js";
import { Accept, listenerOf, type ListenerResource } from "../sockets/index.js";
import { tcp, type TcpListener, type TcpSocket } from "./tcpSocket.js";

/**
 * Waits for a connection.
 *
 * Connections are handed out in the order in which they came. Whose they are, {@link tcpPeer} tells. After an error, a
 * deadline or a cancellation the listener is as it was.
 *
 * While no file descriptor is left, Node closes whatever connection comes. So it does not wait then, but throws
 * `EMFILE`: close something, or sleep for a moment, and call it again.
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
 * - `ENOTSUP`: the handle is not a tcp listener.
 * - `EPIPE`: {@link tcpDone} was called on the listener, and all that it had taken were accepted.
 * - `ETIMEDOUT`: the deadline came first.
 * @remarks Cancellation: no connection has been taken. Unlike libdill, which drops one that was waiting. But a connection that
 * had come before the cancellation is returned: close it if {@link bundleGo} throws, or let {@link serve} do all that.
 * @see tcp_accept(3), https://libdill.org/tcp_accept.html
 */
export function tcpAccept(ls: TcpListener, deadline: number): Operation<TcpSocket> {
  return new TcpAccept(ls, deadline);
}

class TcpAccept extends Accept<TcpSocket> {
  readonly syscall = "tcp_accept";

  protected listenerOf(ls: TcpListener): ListenerResource {
    return listenerOf(tcp, ls, this.syscall);
  }

  protected copy(): TcpAccept {
    return new TcpAccept(this.handle, this.deadline);
  }
}
