import type { Operation } from "../kernel/index.js";
import { endOutgoing } from "../sockets/index.js";
import { tcp, type TcpSocket } from "./tcpSocket.js";

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
 * - `ENOTSUP`: the handle is not a tcp socket.
 * - `EPIPE`: it has been said already.
 * @remarks Cancellation: works in a coroutine that is being canceled, too.
 * @see tcp_done(3), https://libdill.org/tcp_done.html
 */
export function tcpDone(s: TcpSocket, deadline: number): Operation<void> {
  return endOutgoing(tcp, s, deadline, "tcp_done");
}
