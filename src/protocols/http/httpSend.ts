import type { Operation } from "../../kernel/index.js";
import { formatField, formatRequest, formatStatus } from "./head.js";
import { type HttpSocket, SendingLine } from "./httpSocket.js";

/**
 * Begins a head, as a client: sends the request line. {@link httpSendfield} and {@link httpDone} follow.
 *
 * Unlike libdill, where each line is a system call, the lines of a head are collected. They go out together, with
 * {@link httpDone}, with {@link httpDetach}, or when 16 KiB have come together; otherwise as soon as the coroutines that are
 * ready have run. So a send waits only from 16 KiB on, and that the peer is gone may be told by a later one.
 *
 * @param s - Handle of an HTTP socket.
 * @param command - The method, such as `"GET"`: a token.
 * @param resource - The target, such as `"/index.html"`: visible ASCII characters, others must be percent-encoded.
 * @param deadline - Point on the clock of {@link now}, in milliseconds; `-1` never, `0` only what can be sent at once.
 * @throws {@link DillError}
 * - `EBADF`: the handle is not open, or was closed meanwhile.
 * - `EBUSY`: another coroutine is sending on this socket.
 * - `ECANCELED`: the coroutine is being canceled.
 * - `ECONNRESET`: the connection broke, or an earlier send failed.
 * - `EINVAL`: the deadline, the method or the target is none, or the head before has not been ended; the line is not sent.
 * - `ENOTSUP`: the handle is not an HTTP socket.
 * - `EPIPE`: the bytestream had been half-closed before the protocol was put on it.
 * - `ETIMEDOUT`: the deadline came first.
 * @remarks Cancellation: if the lines were being sent, this direction gives `ECONNRESET` from then on; the same goes for a
 * deadline. Receiving is not affected.
 * @see http_sendrequest(3), https://libdill.org/http_sendrequest.html
 * @see RFC 9112, section 3, https://www.rfc-editor.org/rfc/rfc9112#section-3
 */
export function httpSendrequest(
  s: HttpSocket,
  command: string,
  resource: string,
  deadline: number,
): Operation<void> {
  const format = (): string => formatRequest(command, resource);
  return new SendingLine(s, "first", format, deadline, "http_sendrequest");
}

/**
 * Begins a head, as a server: sends the status line. {@link httpSendfield} and {@link httpDone} follow.
 *
 * The lines are collected, as those of a request are: see {@link httpSendrequest}.
 *
 * @param s - Handle of an HTTP socket.
 * @param status - From 100 to 599.
 * @param reason - What it means in words; it may be empty. Each character is one byte.
 * @param deadline - Point on the clock of {@link now}, in milliseconds; `-1` never, `0` only what can be sent at once.
 * @throws {@link DillError}
 * - `EBADF`: the handle is not open, or was closed meanwhile.
 * - `EBUSY`: another coroutine is sending on this socket.
 * - `ECANCELED`: the coroutine is being canceled.
 * - `ECONNRESET`: the connection broke, or an earlier send failed.
 * - `EINVAL`: the deadline or the status is none, the reason is no text of one line, or the head before has not been ended;
 * the line is not sent.
 * - `ENOTSUP`: the handle is not an HTTP socket.
 * - `EPIPE`: the bytestream had been half-closed before the protocol was put on it.
 * - `ETIMEDOUT`: the deadline came first.
 * @remarks Cancellation: as for {@link httpSendrequest}.
 * @see http_sendstatus(3), https://libdill.org/http_sendstatus.html
 * @see RFC 9112, section 4, https://www.rfc-editor.org/rfc/rfc9112#section-4
 */
export function httpSendstatus(
  s: HttpSocket,
  status: number,
  reason: string,
  deadline: number,
): Operation<void> {
  const format = (): string => formatStatus(status, reason);
  return new SendingLine(s, "first", format, deadline, "http_sendstatus");
}

/**
 * Sends a field of a head. It is collected: see {@link httpSendrequest}.
 *
 * Unlike libdill, which lets CR and LF through, so that a value could end the head, both are `EINVAL`. An empty value is
 * fine. Unlike libdill, which sends a field anywhere, one outside a head is `EINVAL`.
 *
 * @param s - Handle of an HTTP socket.
 * @param name - A token, such as `"Content-Length"`.
 * @param value - One line of text, each character one byte. Spaces and tabs around it are not sent.
 * @param deadline - Point on the clock of {@link now}, in milliseconds; `-1` never, `0` only what can be sent at once.
 * @throws {@link DillError}
 * - `EBADF`: the handle is not open, or was closed meanwhile.
 * - `EBUSY`: another coroutine is sending on this socket.
 * - `ECANCELED`: the coroutine is being canceled.
 * - `ECONNRESET`: the connection broke, or an earlier send failed.
 * - `EINVAL`: the deadline, the name or the value is none; or no head is being sent: none was begun, or {@link httpDone} has
 * ended it. The line is not sent.
 * - `ENOTSUP`: the handle is not an HTTP socket.
 * - `EPIPE`: the bytestream had been half-closed before the protocol was put on it.
 * - `ETIMEDOUT`: the deadline came first.
 * @remarks Cancellation: as for {@link httpSendrequest}.
 * @see http_sendfield(3), https://libdill.org/http_sendfield.html
 * @see RFC 9112, section 5, https://www.rfc-editor.org/rfc/rfc9112#section-5
 */
export function httpSendfield(
  s: HttpSocket,
  name: string,
  value: string,
  deadline: number,
): Operation<void> {
  const format = (): string => formatField(name, value);
  return new SendingLine(s, "field", format, deadline, "http_sendfield");
}

/**
 * Ends a head: sends the empty line, and with it what was collected of the head. Another head can be begun after that.
 *
 * The peer's receives end with `EPIPE`, until it begins to receive another head. Receiving here is not affected.
 *
 * @param s - Handle of an HTTP socket.
 * @param deadline - Point on the clock of {@link now}, in milliseconds; `-1` never, `0` only what can be sent at once.
 * @throws {@link DillError}
 * - `EBADF`: the handle is not open, or was closed meanwhile.
 * - `EBUSY`: another coroutine is sending on this socket.
 * - `ECANCELED`: the coroutine is being canceled.
 * - `ECONNRESET`: the connection broke, or an earlier send failed.
 * - `EINVAL`: the deadline is none, or no head was begun.
 * - `ENOTSUP`: the handle is not an HTTP socket.
 * - `EPIPE`: the head has been ended already, or the bytestream had been half-closed before the protocol was put on it.
 * - `ETIMEDOUT`: the deadline came first.
 * @remarks Cancellation: as for {@link httpSendrequest}.
 * @see http_done(3), https://libdill.org/http_done.html
 */
export function httpDone(s: HttpSocket, deadline: number): Operation<void> {
  return new SendingLine(s, "end", () => "", deadline, "http_done");
}
