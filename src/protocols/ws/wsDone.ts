import { dillError } from "../../errors/index.js";
import { type Operation, operation, type Steps } from "../../kernel/index.js";
import { type Bytestream, layerOf, orCloseAfter, takeOff } from "../../sockets/index.js";
import { closePayload } from "./frame.js";
import type { WsRequest } from "./handshake.js";
import { type Ws, wsKind, type WsSocket, type WsStatus } from "./wsSocket.js";

/**
 * Says that nothing more will be sent: sends a close frame.
 *
 * The peer's receives end with `EPIPE`. What the peer sends can still be received, up to its own close frame. That frame is
 * never sent by itself: whoever gets `EPIPE` from a receive answers it with this function or with {@link wsDetach}, as in libdill.
 *
 * @param s - Handle of a ws socket.
 * @param status - From 1000 on, as RFC 6455 has them: 1000 is the usual end, 4000 to 4999 are the program's own. `0`: none is said.
 * @param text - What goes with it: at most 123 bytes in UTF-8. Empty without a status.
 * @param deadline - Point on the clock of {@link now}, in milliseconds. It counts only over a bytestream that has no `post`.
 * @throws {@link DillError}
 * - `EBADF`: the handle is not open, or was closed meanwhile.
 * - `ECONNRESET`: the connection broke, or an earlier send failed.
 * - `EINVAL`: the status is none that may be sent, a text stands without one, or the deadline is none.
 * - `EMSGSIZE`: the text is longer.
 * - `ENOTSUP`: the handle is not a ws socket.
 * - `EPIPE`: this has been said already, or the peer was told that it violates the protocol.
 *
 * Besides, over a bytestream that has no `post`, all that its send throws.
 * @remarks Cancellation: over a bytestream that has a `post` it never waits, and so it works in a canceled coroutine, too.
 * @see ws_done(3), https://libdill.org/ws_done.html
 * @see RFC 6455, section 7, https://www.rfc-editor.org/rfc/rfc6455#section-7
 */
export function wsDone(
  s: WsSocket,
  status: number,
  text: string,
  deadline: number,
): Operation<void> {
  const syscall = "ws_done";
  return operation(syscall, () => {
    const payload = closePayload(status, text, syscall);
    return layerOf<Ws>(s, wsKind, syscall).sayEnd(payload, deadline, syscall);
  });
}

/**
 * Takes the WebSocket off a bytestream, at the end of both directions.
 *
 * It sends a close frame, if none was sent, and drops what the peer sends up to its close frame. The bytestream is at the first
 * byte behind that then. If the peer's connection ends instead, that is the end, too. Unlike libdill, which leaves the socket
 * open when it fails, the whole stack is closed.
 *
 * @param s - Handle of a ws socket; it is no longer valid.
 * @param status - As for {@link wsDone}; it does not count if a close frame was sent already.
 * @param text - As for {@link wsDone}.
 * @param deadline - Point on the clock of {@link now}, in milliseconds; `-1` never, `0` only what is there.
 * @returns The bytestream, under a new handle.
 * @throws {@link DillError}
 * - `EBADF`: the handle is not open.
 * - `EBUSY`: a coroutine uses the socket; all of it is closed.
 * - `ECANCELED`: the coroutine is being canceled; all of it is closed.
 * - `ECONNRESET`: the connection broke or ended inside a message, or an earlier send or receive has failed; all of it is closed.
 * - `EINVAL`: the status, the text or the deadline is none; all of it is closed.
 * - `EMSGSIZE`: the text is too long, or the peer sends a message longer than `maxSize`; all of it is closed.
 * - `ENOTSUP`: the handle is not a ws socket; it stays as it was.
 * - `EPROTO`: the peer violates the protocol; all of it is closed.
 * - `ETIMEDOUT`: the deadline came first; all of it is closed.
 * @remarks Cancellation: the whole stack is closed.
 * @see ws_detach(3), https://libdill.org/ws_detach.html
 */
export function wsDetach<S extends Bytestream>(
  s: WsSocket<S>,
  status: number,
  text: string,
  deadline: number,
): Operation<S> {
  return operation("ws_detach", () => takeApart<S>(s, status, text, deadline));
}

function* takeApart<S extends Bytestream>(
  s: WsSocket<S>,
  status: number,
  text: string,
  deadline: number,
): Steps<S> {
  const ws = takeOff<Ws>(s, wsKind, "ws_detach");
  yield* orCloseAfter(ws.carrier, "ws_detach", ws.finish(status, text, deadline));
  return ws.carrier as S;
}

/**
 * Tells what the peer's close frame said. Never blocks.
 *
 * @param s - Handle of a ws socket.
 * @returns The status, 0 if none was given, and the text, which may be empty.
 * @throws {@link DillError}
 * - `EAGAIN`: no close frame has come.
 * - `EBADF`: the handle is not open.
 * - `ENOTSUP`: the handle is not a ws socket.
 * @see ws_status(3), https://libdill.org/ws_status.html
 */
export function wsStatus(s: WsSocket): WsStatus {
  const { status } = layerOf<Ws>(s, wsKind, "ws_status");
  if (status !== null) return status;
  throw dillError("EAGAIN", "ws_status", { message: "the peer has sent no close frame" });
}

/**
 * Tells what was said when the WebSocket was made. Never blocks.
 *
 * @param s - Handle of a ws socket.
 * @returns What the client has asked for, the subprotocol, and the fields that the peer has sent.
 * @throws {@link DillError}
 * - `EBADF`: the handle is not open.
 * - `ENOTSUP`: the handle is not a ws socket.
 *
 * Source: none in libdill, whose `ws_attach_server` gives resource and host to its caller's buffers.
 */
export function wsRequest(s: WsSocket): WsRequest {
  return layerOf<Ws>(s, wsKind, "ws_request").request;
}
