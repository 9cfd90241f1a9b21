import type { Operation } from "../kernel/index.js";
import { endOutgoing } from "../sockets/index.js";
import { tcp, type TcpListener, type TcpSocket } from "./tcpSocket.js";

/**
 * Says that nothing more will be sent: the peer's receives end with `EPIPE`. Receiving goes on.
 *
 * It never waits. A coroutine that is blocked sending on the socket gets `ECONNRESET`.
 *
 * Of a listener it says that no more connections are taken: the system gets its descriptor back at once. The connections that
 * the process has taken already can still be accepted; after them {@link tcpAccept} is `EPIPE`. So a server that was replaced
 * by its successor refuses nobody. Unlike libdill, where a listener is `ENOTSUP`.
 *
 * @param s - The socket, or a listener.
 * @param deadline - As everywhere; there is nothing that it could cut short.
 * @throws {@link DillError}
 * - `EBADF`: the handle is not open.
 * - `EBUSY`: a `copyBidirectional` uses the socket.
 * - `ECONNRESET`: an earlier send failed, so that the peer can't be told.
 * - `EINVAL`: the deadline is none.
 * - `ENOTSUP`: the handle is not of tcp.
 * - `EPIPE`: it has been said already.
 * @remarks Cancellation: works in a coroutine that is being canceled, too.
 * @see tcp_done(3), https://libdill.org/tcp_done.html
 */
export function tcpDone(s: TcpSocket | TcpListener, deadline: number): Operation<void> {
  return endOutgoing(tcp, s, deadline, "tcp_done");
}
