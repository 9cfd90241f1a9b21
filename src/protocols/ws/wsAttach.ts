import { type Operation, operation, readDeadline, type Steps } from "../../kernel/index.js";
import {
  attachAfter,
  type Bytestream,
  type BytestreamMethods,
  bytestreamOf,
} from "../../sockets/index.js";
import { ask, type Opened, respond, silent } from "./handshake.js";
import {
  readHead,
  readOptions,
  readTarget,
  type Terms,
  type WsClientOptions,
  type WsOptions,
  type WsServerOptions,
} from "./options.js";
import { Ws, type WsSocket } from "./wsSocket.js";

/**
 * Makes a bytestream a WebSocket, as a client: asks the server, and checks its answer.
 *
 * The socket is taken over: its old handle is `EBADF`. Unlike libdill, an answer may name more in its field `Connection`,
 * subprotocols and compression can be agreed on, and fields may be long.
 *
 * @param s - A bytestream socket that is connected to a server.
 * @param options - What to ask for, and how messages are received. With `noHttp` nothing is said: both have agreed already.
 * @param deadline - Point on the clock of {@link now}, in milliseconds; `-1` never, `0` only what is there.
 * @returns Handle of the message socket, for {@link wsSend} and {@link wsRecv}, and for {@link msend} and {@link mrecv}.
 * @throws {@link DillError}
 * - `EBADF`: the handle is not open; nothing has changed.
 * - `EBUSY`: a coroutine uses the socket; it is closed.
 * - `ECANCELED`: the coroutine is being canceled; the socket is closed.
 * - `ECONNRESET`: the connection broke, or ended inside the answer; it is closed.
 * - `EINVAL`: the deadline or an option is none; the socket is closed.
 * - `EMSGSIZE`: the answer's head is too long; the socket is closed.
 * - `ENOTSUP`: the handle is not a bytestream; it is closed.
 * - `EPIPE`: the server has ended the connection instead of an answer; it is closed.
 * - `EPROTO`: the answer does not make it a WebSocket, and the socket is closed. With another status than 101 the error's `cause`
 *   is a {@link WsRefusal}, which tells it and the answer's fields.
 * - `ETIMEDOUT`: the deadline came first; the socket is closed.
 *
 * Over TLS, also `EACCES` and `EPROTO`, as any receive: the peer misses our certificate, or what came is no TLS.
 * @remarks Cancellation: the socket is closed.
 * @example A question
 * ```ts
 * const tcp = yield* tcpConnect(addr, now() + 1000);
 * const s = yield* wsAttachClient(tcp, { resource: "/chat", host: "example.org" }, now() + 1000);
 * yield* wsSend(s, "text", "hello", -1);
 * ```
 * @see ws_attach_client(3), https://libdill.org/ws_attach_client.html
 * @see RFC 6455, section 4.1, https://www.rfc-editor.org/rfc/rfc6455#section-4.1
 */
export function wsAttachClient<S extends Bytestream>(
  s: S,
  options: WsClientOptions,
  deadline: number,
): Operation<WsSocket<S>> {
  return operation("ws_attach_client", () => {
    return put<S>(s, true, options, deadline, function* (methods, terms) {
      if (terms.isSilent) return silent;
      return yield* ask(methods, readTarget(options, "ws_attach_client"), terms, deadline);
    });
  });
}

/**
 * Makes a bytestream a WebSocket, as a server: receives a client's request, and answers it.
 *
 * The socket is taken over: its old handle is `EBADF`. A request that does not ask for a WebSocket is answered with the status
 * 400 or 426 before this fails, unlike in libdill. {@link wsRequest} tells what was asked for; whether that may be had is for the
 * program to judge. Where other requests come to the same port, receive the head with `httpRecvrequest`, and give it as
 * `head`.
 *
 * @param s - A bytestream socket that is connected to a client.
 * @param options - How messages are received, and what may be agreed on. With `noHttp` nothing is said: both have agreed already.
 * @param deadline - Point on the clock of {@link now}, in milliseconds; `-1` never, `0` only what is there.
 * @returns Handle of the message socket, for {@link wsSend} and {@link wsRecv}, and for {@link msend} and {@link mrecv}.
 * @throws {@link DillError}
 * - `EBADF`: the handle is not open; nothing has changed.
 * - `EBUSY`: a coroutine uses the socket; it is closed.
 * - `ECANCELED`: the coroutine is being canceled; the socket is closed.
 * - `ECONNRESET`: the connection broke, or ended inside the request; it is closed.
 * - `EINVAL`: the deadline or an option is none; the socket is closed.
 * - `EMSGSIZE`: the request's head is too long; the socket is closed.
 * - `ENOTSUP`: the handle is not a bytestream; it is closed.
 * - `EPIPE`: the client has ended the connection without a request; it is closed.
 * - `EPROTO`: the request does not ask for a WebSocket: the message says why; the socket is closed.
 * - `ETIMEDOUT`: the deadline came first; the socket is closed.
 *
 * Over TLS, also `EACCES` and `EPROTO`, as any receive: the peer misses our certificate, or what came is no TLS.
 * @remarks Cancellation: the socket is closed.
 * @see ws_attach_server(3), https://libdill.org/ws_attach_server.html
 * @see RFC 6455, section 4.2, https://www.rfc-editor.org/rfc/rfc6455#section-4.2
 */
export function wsAttachServer<S extends Bytestream>(
  s: S,
  options: WsServerOptions,
  deadline: number,
): Operation<WsSocket<S>> {
  return operation("ws_attach_server", () => {
    return put<S>(s, false, options, deadline, function* (methods, terms) {
      if (terms.isSilent) return silent;
      return yield* respond(methods, readHead(options, "ws_attach_server"), terms, deadline);
    });
  });
}

type Shake = (methods: BytestreamMethods, terms: Terms) => Steps<Opened>;

function put<S extends Bytestream>(
  s: S,
  isClient: boolean,
  options: WsOptions,
  deadline: number,
  shake: Shake,
): Steps<WsSocket<S>> {
  const syscall = isClient ? "ws_attach_client" : "ws_attach_server";
  return attachAfter(
    s,
    bytestreamOf,
    function* (carrier, methods) {
      readDeadline(deadline, syscall);
      const terms = readOptions(options, syscall);
      const opened = yield* shake(methods, terms);
      return new Ws(carrier, methods, isClient, terms, opened);
    },
    syscall,
  );
}
