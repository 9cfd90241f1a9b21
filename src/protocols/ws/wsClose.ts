import { type Operation, operation, type Steps } from "../../kernel/index.js";
import { closeLayer } from "../../sockets/index.js";
import { closePayload } from "./frame.js";
import { type Ws, wsKind, type WsSocket } from "./wsSocket.js";

const syscall = "ws_close";

/**
 * Closes a WebSocket in good order: sends a close frame, if none was sent, says that nothing more will be sent, and waits for the
 * end of the peer's connection.
 *
 * As {@link tcpClose} for the socket beneath, which is closed with it: what the peer still sends is dropped, also what breaks the
 * protocol. So the last message and the close frame arrive. Whether it succeeds or not, all of it is closed, unless the handle
 * was none of ours. libdill has nothing like it. Over a bytestream of your own that has no `done` it just closes.
 *
 * @param s - Handle of a ws socket; it is no longer valid.
 * @param status - As for {@link wsDone}; it does not count if a close frame was sent already.
 * @param text - As for {@link wsDone}.
 * @param deadline - Point on the clock of {@link now}, in milliseconds; `-1` never, `0` don't wait.
 * @throws {@link DillError}
 * - `EBADF`: the handle is not open.
 * - `EBUSY`: a coroutine uses the socket; it is closed.
 * - `ECANCELED`: the coroutine is being canceled, and the peer's end had not come before.
 * - `ECONNRESET`: the connection is broken, or an earlier send was cut in the middle.
 * - `EINVAL`: the status, the text or the deadline is none; the handle stays open.
 * - `EMSGSIZE`: the text is too long; the handle stays open.
 * - `ENOTSUP`: the handle is not a ws socket; it stays open.
 * - `ETIMEDOUT`: the deadline came before the peer's end.
 * @remarks Cancellation: the socket is closed, as by {@link hclose}.
 * @example A server that goes away
 * ```ts
 * yield* wsClose(s, 1001, "the server goes away", now() + 1000);
 * ```
 * Source: none in libdill; after {@link tcpClose}.
 */
export function wsClose(
  s: WsSocket,
  status: number,
  text: string,
  deadline: number,
): Operation<void> {
  return operation(syscall, () => close(s, status, text, deadline));
}

function* close(s: WsSocket, status: number, text: string, deadline: number): Steps<void> {
  const payload = closePayload(status, text, syscall);
  const end = (ws: Ws): Steps<void> => ws.end(deadline, syscall, payload);
  yield* closeLayer<Ws>(s, wsKind, deadline, syscall, end);
}
