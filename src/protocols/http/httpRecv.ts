import type { Operation } from "../../kernel/index.js";
import {
  type HttpField,
  type HttpRequest,
  type HttpStatus,
  parseRequest,
  parseStatus,
} from "./head.js";
import { fieldPlace, type HttpSocket, type Place, ReceivingLine } from "./httpSocket.js";

const requestPlace: Place<HttpRequest> = { isFirst: true, parse: parseRequest };
const statusPlace: Place<HttpStatus> = { isFirst: true, parse: parseStatus };

/**
 * Begins to receive a head, as a server: receives the request line. {@link httpRecvfield} receives what follows.
 *
 * @param s - Handle of an HTTP socket.
 * @param deadline - Point on the clock of {@link now}, in milliseconds; `-1` never, `0` only what is there.
 * @returns The method, the target and the version.
 * @throws {@link DillError}
 * - `EBADF`: the handle is not open, or was closed meanwhile.
 * - `EBUSY`: another coroutine is receiving on this socket.
 * - `ECANCELED`: the coroutine is being canceled, and no whole line had come.
 * - `ECONNRESET`: the connection broke or ended inside the line, or an earlier receive found what is no head.
 * - `EINVAL`: the deadline is none, or the fields of the head before have not been received to their end.
 * - `EMSGSIZE`: the line is longer than the limit; the direction gives `ECONNRESET` from then on.
 * - `ENOTSUP`: the handle is not an HTTP socket.
 * - `EPIPE`: the peer will send nothing more.
 * - `EPROTO`: what came is no request line; the direction gives `ECONNRESET` from then on.
 * - `ETIMEDOUT`: the deadline came first.
 * @remarks Cancellation: nothing is lost. What has come of a line waits for the next receive: unlike libdill, where the
 * direction breaks. The same goes for a deadline.
 * @see http_recvrequest(3), https://libdill.org/http_recvrequest.html
 * @see RFC 9112, section 3, https://www.rfc-editor.org/rfc/rfc9112#section-3
 */
export function httpRecvrequest(s: HttpSocket, deadline: number): Operation<HttpRequest> {
  return new ReceivingLine(s, requestPlace, deadline, "http_recvrequest");
}

/**
 * Begins to receive a head, as a client: receives the status line. {@link httpRecvfield} receives what follows.
 *
 * An answer with a status below 200 is not the last one: receive its fields to their end, and the next status line.
 *
 * @param s - Handle of an HTTP socket.
 * @param deadline - Point on the clock of {@link now}, in milliseconds; `-1` never, `0` only what is there.
 * @returns The status, the reason and the version.
 * @throws {@link DillError}
 * - `EBADF`: the handle is not open, or was closed meanwhile.
 * - `EBUSY`: another coroutine is receiving on this socket.
 * - `ECANCELED`: the coroutine is being canceled, and no whole line had come.
 * - `ECONNRESET`: the connection broke or ended inside the line, or an earlier receive found what is no head.
 * - `EINVAL`: the deadline is none, or the fields of the head before have not been received to their end.
 * - `EMSGSIZE`: the line is longer than the limit; the direction gives `ECONNRESET` from then on.
 * - `ENOTSUP`: the handle is not an HTTP socket.
 * - `EPIPE`: the peer will send nothing more.
 * - `EPROTO`: what came is no status line; the direction gives `ECONNRESET` from then on.
 * - `ETIMEDOUT`: the deadline came first.
 * @remarks Cancellation: as for {@link httpRecvrequest}.
 * @see http_recvstatus(3), https://libdill.org/http_recvstatus.html
 * @see RFC 9112, section 4, https://www.rfc-editor.org/rfc/rfc9112#section-4
 */
export function httpRecvstatus(s: HttpSocket, deadline: number): Operation<HttpStatus> {
  return new ReceivingLine(s, statusPlace, deadline, "http_recvstatus");
}

/**
 * Receives a field of a head.
 *
 * After the last field, the empty line is `EPIPE`, and so is each call after it until {@link httpRecvrequest} or
 * {@link httpRecvstatus} begins the next head.
 *
 * @param s - Handle of an HTTP socket.
 * @param deadline - Point on the clock of {@link now}, in milliseconds; `-1` never, `0` only what is there.
 * @returns The name as it was sent, and the value without the spaces and tabs around it.
 * @throws {@link DillError}
 * - `EBADF`: the handle is not open, or was closed meanwhile.
 * - `EBUSY`: another coroutine is receiving on this socket.
 * - `ECANCELED`: the coroutine is being canceled, and no whole line had come.
 * - `ECONNRESET`: the connection broke or ended inside the head, or an earlier receive found what is no head.
 * - `EINVAL`: the deadline is none.
 * - `EMSGSIZE`: the line or the head is longer than the limit; the direction gives `ECONNRESET` from then on.
 * - `ENOTSUP`: the handle is not an HTTP socket.
 * - `EPIPE`: no head is being received: its empty line has come, or its first line was not received.
 * - `EPROTO`: what came is no field; the direction gives `ECONNRESET` from then on.
 * - `ETIMEDOUT`: the deadline came first.
 * @remarks Cancellation: as for {@link httpRecvrequest}.
 * @see http_recvfield(3), https://libdill.org/http_recvfield.html
 * @see RFC 9112, section 5, https://www.rfc-editor.org/rfc/rfc9112#section-5
 */
export function httpRecvfield(s: HttpSocket, deadline: number): Operation<HttpField> {
  return new ReceivingLine(s, fieldPlace, deadline, "http_recvfield");
}
