import { isErrno } from "../../errors/index.js";
import type { Operation, Steps } from "../../kernel/index.js";
import { brokenError, closeLayer } from "../../sockets/index.js";
import type { TlsSocket } from "./tlsAttach.js";
import { sayDone } from "./sayingDone.js";
import { type Tls, tlsKind } from "./tlsLayer.js";

const syscall = "tls_close";

/**
 * Closes a TLS socket in good order: says that nothing more will be sent, then waits for the peer's end.
 *
 * As {@link tcpClose}: what the peer still sends is dropped, and the socket beneath is closed with it. Whether it succeeds or not,
 * all of it is closed, unless the handle was none of ours. libdill has nothing like it.
 *
 * @param s - Handle of a TLS socket; it is no longer valid.
 * @param deadline - Point on the clock of {@link now}, in milliseconds; `-1` never, `0` don't wait.
 * @throws {@link DillError}
 * - `EBADF`: the handle is not open.
 * - `EBUSY`: a coroutine uses the socket; it is closed.
 * - `ECANCELED`: the coroutine is being canceled, and the peer's end had not come before.
 * - `ECONNRESET`: the connection is broken, or an earlier send was cut in the middle.
 * - `EINVAL`: the deadline is none; the handle stays open.
 * - `ENOTSUP`: the handle is not a TLS socket; it stays open.
 * - `ETIMEDOUT`: the deadline came before the peer's end.
 * @remarks Cancellation: the socket is closed, as by {@link hclose}.
 * @example
 * ```ts
 * yield* bsend(s, lastWords, deadline);
 * yield* tlsClose(s, now() + 1000);
 * ```
 * Source: none in libdill; after {@link tcpClose}.
 */
export function tlsClose(s: TlsSocket, deadline: number): Operation<void> {
  const end = (tls: Tls) => sayEnd(tls, deadline);
  return closeLayer<Tls>(s, tlsKind, deadline, syscall, end);
}

/** A bytestream that has no `post` can be told the end only in its turn. */
function* sayEnd(tls: Tls, deadline: number): Steps<void> {
  if (tls.done !== undefined) {
    yield* tls.end(deadline, syscall);
    return;
  }
  tls.checkIdle(syscall);
  if (tls.isTorn) throw brokenError(syscall);
  if (tls.outgoing.state !== "done") yield* sayDone(tls, deadline, syscall);
  try {
    yield* tls.drain(deadline, syscall);
  } catch (error) {
    if (!isErrno(error, "EPIPE")) throw error; // the peer's end
  }
}
