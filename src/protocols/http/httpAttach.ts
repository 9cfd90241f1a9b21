import { Options } from "../../errors/index.js";
import { attach, type Bytestream, bytestreamOf } from "../../sockets/index.js";
import { Http, type HttpSocket } from "./httpSocket.js";
import type { LineLimits } from "./lines.js";

/** What {@link httpAttach} may be told: how much a peer may send, in bytes. */
export interface HttpLimits {
  /** Of one line, its end not counted: 8 KiB if not given, and 256 MiB at most. */
  readonly maxLine?: number | undefined;
  /** Of one head, with the ends of its lines: 64 KiB if not given, and 256 MiB at most. */
  readonly maxHead?: number | undefined;
}

/**
 * Puts the heads of HTTP/1.1 messages on a bytestream: a request line or a status line, fields, and an empty line.
 *
 * The socket is taken over: its old handle is `EBADF`. Nothing is sent. Bodies are not part of it: they are sent and
 * received on the bytestream, when {@link httpDetach} has given it back. {@link httpFraming} says how long a body is.
 *
 * The parser is strict: what RFC 9112 lets a recipient forgive, such as a line that ends with a bare LF, is `EPROTO`. Unlike
 * libdill, which cuts a long line, a head has limits. Never blocks.
 *
 * @param s - A bytestream socket.
 * @param limits - How long a line and a head may be that are received.
 * @returns Handle of the HTTP socket.
 * @throws {@link DillError}
 * - `EBADF`: the handle is not open; nothing has changed.
 * - `EBUSY`: a coroutine uses the socket; it is closed.
 * - `ECANCELED`: the coroutine is being canceled; the socket is closed.
 * - `EINVAL`: a limit is no number of bytes; the socket is closed.
 * - `ENOTSUP`: the handle is not a bytestream; it is closed.
 * @example A question and its answer
 * ```ts
 * const http = httpAttach(s);
 * yield* httpSendrequest(http, "GET", "/", -1);
 * yield* httpSendfield(http, "Host", "localhost", -1);
 * yield* httpDone(http, -1);
 * const { status } = yield* httpRecvstatus(http, now() + 1000);
 * ```
 * @see http_attach(3), https://libdill.org/http_attach.html
 * @see RFC 9112, https://www.rfc-editor.org/rfc/rfc9112
 */
export function httpAttach<S extends Bytestream>(s: S, limits?: HttpLimits): HttpSocket<S> {
  return attach(
    s,
    bytestreamOf,
    (carrier, methods) => new Http(carrier, methods, readLimits(limits)),
    "http_attach",
  );
}

/** Half of what a string of V8's can hold. */
const longest = 2 ** 28;

function readLimits(limits: HttpLimits | undefined): LineLimits {
  const options = new Options(limits, "http_attach");
  const what = "a number of bytes";
  return {
    maxLine: options.count("maxLine", 8192, 1, longest, what),
    maxHead: options.count("maxHead", 65536, 1, longest, what),
  };
}
