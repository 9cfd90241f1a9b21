import { type Operation, operation } from "../../kernel/index.js";
import { layerOf } from "../../sockets/index.js";
import { sayDone } from "./sayingDone.js";
import type { TlsSocket } from "./tlsAttach.js";
import { type Tls, tlsKind } from "./tlsLayer.js";

/**
 * Says that nothing more will be sent, in a way that nobody in the middle can forge; receiving goes on.
 *
 * The peer's receives end with `EPIPE`. The socket beneath stays open in both directions.
 *
 * @param s - Handle of a TLS socket.
 * @param deadline - Point on the clock of {@link now}, in milliseconds; there is nothing to wait for, unless the socket beneath is
 * a bytestream without `post`.
 * @throws {@link DillError}
 * - `EBADF`: the handle is not open.
 * - `EBUSY`: a coroutine is sending; nothing has changed.
 * - `ECANCELED`: the coroutine is being canceled; it has been said, unless the socket beneath has no `post`.
 * - `ECONNRESET`: the connection broke, or an earlier send failed.
 * - `EINVAL`: the deadline is none.
 * - `ENOTSUP`: the handle is not a TLS socket.
 * - `EPIPE`: this has been said already.
 * - `ETIMEDOUT`: the socket beneath has no `post`, and does not take what is to be sent.
 * @remarks Cancellation: it has been said.
 * @see tls_done(3), https://libdill.org/tls_done.html
 */
export function tlsDone(s: TlsSocket, deadline: number): Operation<void> {
  const syscall = "tls_done";
  return operation(syscall, () => sayDone(layerOf<Tls>(s, tlsKind, syscall), deadline, syscall));
}
