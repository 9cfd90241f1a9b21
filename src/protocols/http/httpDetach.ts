import { type Operation, operation, type Steps } from "../../kernel/index.js";
import { type Bytestream, orCloseAfter, takeOff } from "../../sockets/index.js";
import { type Http, httpKind, type HttpSocket } from "./httpSocket.js";

/**
 * Takes the heads off a bytestream, which is at the first byte after the head then.
 *
 * It finishes what was begun, and nothing else: if a head is being sent, its empty line is sent. If one is being received,
 * the rest of it is dropped. Unlike libdill, it does not wait for a head of the peer's that was not begun. So a server can
 * receive a head, detach, receive the body with {@link brecv}, attach again and answer.
 *
 * @param s - Handle of an HTTP socket; it is no longer valid.
 * @param deadline - Point on the clock of {@link now}, in milliseconds; `-1` never, `0` only what is there.
 * @returns The bytestream, under a new handle.
 * @throws {@link DillError}
 * - `EBADF`: the handle is not open.
 * - `EBUSY`: a coroutine uses the socket; all of it is closed.
 * - `ECANCELED`: the coroutine is being canceled; all of it is closed.
 * - `ECONNRESET`: the connection broke or ended inside a head, or an earlier send or receive has failed; all of it is
 * closed.
 * - `EINVAL`: the deadline is none; all of it is closed.
 * - `EMSGSIZE`: the peer's head is longer than the limits; all of it is closed.
 * - `ENOTSUP`: the handle is not an HTTP socket; it stays as it was.
 * - `EPROTO`: the peer's head is none; all of it is closed.
 * - `ETIMEDOUT`: the deadline came first; all of it is closed.
 * @remarks Cancellation: if there is something to wait for, the whole stack is closed.
 * @see http_detach(3), https://libdill.org/http_detach.html
 */
export function httpDetach<S extends Bytestream>(s: HttpSocket<S>, deadline: number): Operation<S> {
  return operation("http_detach", () => takeApart<S>(s, deadline));
}

function* takeApart<S extends Bytestream>(s: HttpSocket<S>, deadline: number): Steps<S> {
  const http = takeOff<Http>(s, httpKind, "http_detach");
  yield* orCloseAfter(http.carrier, "http_detach", http.finish(deadline));
  return http.carrier as S;
}
