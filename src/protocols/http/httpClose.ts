import type { Operation } from "../../kernel/index.js";
import { closeLayer } from "../../sockets/index.js";
import { httpKind, type HttpSocket } from "./httpSocket.js";

/**
 * Closes an HTTP socket in good order, so that the last answer arrives: says that nothing more will be sent, then waits for
 * the peer's end.
 *
 * A socket that is closed while the peer still sends is reset, and the peer may lose an answer that it has not read yet. So
 * what still comes is dropped, whatever it is: also the rest of a head that was none, or too long. If a head is being sent,
 * its empty line is sent before. Whether it succeeds or not, the bytestream is closed, unless the handle was none of ours.
 *
 * libdill has nothing like it. Over a bytestream of your own that has no `done` it just closes.
 *
 * @param s - Handle of an HTTP socket; it is no longer valid.
 * @param deadline - Point on the clock of {@link now}, in milliseconds; `-1` never, `0` don't wait.
 * @throws {@link DillError}
 * - `EBADF`: the handle is not open.
 * - `EBUSY`: a coroutine uses the socket.
 * - `ECANCELED`: the coroutine is being canceled, and the peer's end had not come before.
 * - `ECONNRESET`: the connection is broken, or an earlier send has failed.
 * - `EINVAL`: the deadline is none; the handle stays open.
 * - `ENOTSUP`: the handle is not an HTTP socket; it stays open.
 * - `ETIMEDOUT`: the deadline came before the peer's end.
 * @remarks Cancellation: the socket is closed, as by {@link hclose}.
 * @example
 * ```ts
 * yield* httpSendstatus(http, 400, "Bad Request", deadline);
 * yield* httpSendfield(http, "Connection", "close", deadline);
 * yield* httpClose(http, now() + 5000);
 * ```
 * Source: lingering close, RFC 9112, section 9.6, https://www.rfc-editor.org/rfc/rfc9112#section-9.6
 */
export function httpClose(s: HttpSocket, deadline: number): Operation<void> {
  return closeLayer(s, httpKind, deadline, "http_close");
}
