import { dillError, Options } from "../../errors/index.js";
import {
  hostTls,
  type PeerCertificate,
  type TlsClientSettings,
  type TlsCredentials,
  type TlsEngine,
  type TlsEvents,
} from "../../host/tls/index.js";
import type { Handle } from "../../handles/index.js";
import { type Operation, operation, readDeadline, type Steps } from "../../kernel/index.js";
import {
  attach,
  type Bytestream,
  bytestreamOf,
  type BytestreamMethods,
  layerOf,
  orCloseAfter,
  type Over,
  receiveWith,
} from "../../sockets/index.js";
import { isBytes, isText, readAlpn, readCredentials } from "./options.js";
import { Settling } from "./settling.js";
import { contextOf, isContext, orInvalid, type TlsContext } from "./tlsContext.js";
import { Tls, tlsKind } from "./tlsLayer.js";
import { Greeting } from "./tlsReceiving.js";

/** Handle of TLS on a bytestream of type `S`. It is itself a bytestream. */
export type TlsSocket<S extends Bytestream = Bytestream> = Over<"tls", S> & Bytestream;

/** What {@link tlsAttachClient} may be told. */
export interface TlsClientOptions extends TlsCredentials {
  /** The server's name, or its address: what its certificate must be for. */
  readonly servername?: string | undefined;
  /** False: any certificate will do, and so will anybody in the middle. */
  readonly rejectUnauthorized?: boolean | undefined;
  /** The protocols that this side speaks, the one that it likes best first: `["h2", "http/1.1"]`. */
  readonly alpn?: readonly string[] | undefined;
  /** `session` of an earlier connection's {@link tlsInfo}, to be taken up. Null, as that is before it has come: none is. */
  readonly session?: Uint8Array | null | undefined;
  /**
   * Compares the certificate with the name, in place of Node's own comparison. The server is trusted only if
   * it returns nothing: an error, anything else, and whatever it throws refuse the server, with that as the `cause`.
   */
  readonly checkServerIdentity?:
    | ((servername: string, cert: PeerCertificate) => Error | undefined)
    | undefined;
  /** Credentials that were read before, in place of those given here. */
  readonly context?: TlsContext | undefined;
  /** A connection that ends without the farewell of TLS has ended in good order: `EPIPE` and not `ECONNRESET`. */
  readonly allowTruncation?: boolean | undefined;
}

/**
 * Encrypts a bytestream, as the client.
 *
 * The socket is taken over: its old handle is `EBADF`. The handshake is over when the operation is. What the socket beneath
 * is does not matter: TCP, a local socket, a stream of Node's, a bytestream of your own, another TLS.
 *
 * Unlike in libdill, the server's certificate is checked, against the well-known authorities or those of `ca`, and so is its name.
 * In TLS 1.3 a client learns only at its first receive that the server refuses the client's certificate.
 *
 * @param s - A bytestream socket.
 * @param options - `servername` must be there unless `rejectUnauthorized` is false.
 * @param deadline - Point on the clock of {@link now}, in milliseconds; `-1` never, `0` only what is there.
 * @returns Handle of the bytestream on top.
 * @throws {@link DillError}
 * - `EACCES`: the server's certificate is not trusted or is for another name; the socket is closed. A server that refuses our
 *   certificate just ends the connection, see `ECONNRESET`, and in TLS 1.3 only the first receive tells. One that misses it says so: `EACCES` from that receive, or `EPROTO` here in TLS 1.2.
 * - `EBADF`: the handle is not open; nothing has changed.
 * - `EBUSY`: a coroutine uses the socket; it is closed.
 * - `ECANCELED`: the coroutine is being canceled; the socket is closed.
 * - `ECONNRESET`: the connection ended or broke; it is closed.
 * - `EINVAL`: an option is wrong, there is no `servername`, or the deadline is none; the socket is closed.
 * - `ENOTSUP`: the handle is not a bytestream; it is closed.
 * - `EPROTO`: the server speaks no TLS, none that this side would speak, or breaks its rules; the socket is closed.
 * - `ETIMEDOUT`: the deadline came first; the socket is closed.
 *
 * Where Node or OpenSSL have found it, `cause` is their error.
 * @remarks Cancellation: the socket is closed.
 * @see tls_attach_client(3), https://libdill.org/tls_attach_client.html
 */
export function tlsAttachClient<S extends Bytestream>(
  s: S,
  options: TlsClientOptions,
  deadline: number,
): Operation<TlsSocket<S>> {
  const syscall = "tls_attach_client";
  return operation(syscall, () => {
    const make: MakeLayer = (carrier, methods) => {
      const given = new Options<TlsClientOptions>(options, syscall);
      const settings = settingsOf(given, syscall);
      const start = (events: TlsEvents): TlsEngine =>
        orInvalid(syscall, () => hostTls().client(settings, events));
      return new Tls(carrier, methods, start, given.flag("allowTruncation", false));
    };
    return attachTls<S>(s, make, deadline, syscall);
  });
}

function settingsOf(given: Options<TlsClientOptions>, syscall: string): TlsClientSettings {
  const servername = given.read("servername", undefined, "a name or an address", isText);
  const rejectUnauthorized = given.flag("rejectUnauthorized", true);
  if (rejectUnauthorized && (servername === undefined || servername === "")) {
    const message = "servername is missing: whose certificate should it be?";
    throw dillError("EINVAL", syscall, { message });
  }
  const context = given.read("context", undefined, "made by tlsContext", isContext);
  return {
    ...readCredentials(given),
    servername,
    rejectUnauthorized,
    alpn: readAlpn(given),
    session: given.read("session", undefined, "bytes, or null", isBytesOrNull) ?? undefined,
    checkServerIdentity: given.read("checkServerIdentity", undefined, "a function", isComparison),
    context: context === undefined ? undefined : contextOf(context, syscall).host,
  };
}

function isComparison(value: unknown): value is TlsClientSettings["checkServerIdentity"] {
  return typeof value === "function";
}

/**
 * Encrypts a bytestream, as the server.
 *
 * The socket is taken over: its old handle is `EBADF`. The handshake is over when the operation is.
 *
 * @param s - A bytestream socket.
 * @param context - Made by {@link tlsContext}, with a certificate and its key; one for all connections.
 * @param deadline - Point on the clock of {@link now}, in milliseconds; `-1` never, `0` only what is there.
 * @returns Handle of the bytestream on top.
 * @throws {@link DillError}
 * - `EACCES`: the client's certificate was asked for and is not trusted, or is missing; the socket is closed. A client that refuses
 *   ours just ends the connection: `ECONNRESET`, in TLS 1.2 from the first receive.
 * - `EBADF`: the handle is not open; nothing has changed.
 * - `EBUSY`: a coroutine uses the socket; it is closed.
 * - `ECANCELED`: the coroutine is being canceled; the socket is closed.
 * - `ECONNRESET`: the connection ended or broke; it is closed.
 * - `EINVAL`: the context is none, or the deadline is none; the socket is closed.
 * - `ENOTSUP`: the handle is not a bytestream; it is closed.
 * - `EPROTO`: the client speaks no TLS, none that this side would speak, or breaks its rules; the socket is closed.
 * - `ETIMEDOUT`: the deadline came first; the socket is closed.
 *
 * Where Node or OpenSSL have found it, `cause` is their error.
 * @remarks Cancellation: the socket is closed.
 * @see tls_attach_server(3), https://libdill.org/tls_attach_server.html
 */
export function tlsAttachServer<S extends Bytestream>(
  s: S,
  context: TlsContext,
  deadline: number,
): Operation<TlsSocket<S>> {
  const syscall = "tls_attach_server";
  return operation(syscall, () => {
    const make: MakeLayer = (carrier, methods) => {
      const { host, allowTruncation } = contextOf(context, syscall);
      const start = (events: TlsEvents): TlsEngine =>
        orInvalid(syscall, () => hostTls().server(host, events));
      return new Tls(carrier, methods, start, allowTruncation);
    };
    return attachTls<S>(s, make, deadline, syscall);
  });
}

type MakeLayer = (carrier: Handle, methods: BytestreamMethods) => Tls;

function* attachTls<S extends Bytestream>(
  s: S,
  make: MakeLayer,
  deadline: number,
  syscall: string,
): Steps<TlsSocket<S>> {
  const h = attach<BytestreamMethods, TlsSocket<S>>(s, bytestreamOf, make, syscall);
  const tls = layerOf<Tls>(h, tlsKind, syscall);
  yield* orCloseAfter(h, syscall, shakeHands(tls, deadline, syscall));
  return h;
}

/** What the engine has made is sent, and one record of the peer's is taken, by turns. */
function* shakeHands(tls: Tls, deadline: number, syscall: string): Steps<void> {
  readDeadline(deadline, syscall);
  const { engine, methods } = tls;
  for (;;) {
    if (engine.failure !== null) tls.passOn(); // the peer is told why
    tls.checkEngine(syscall);
    const output = engine.takeOutput();
    if (output.length > 0) yield* methods.send(output, deadline, syscall);
    if (engine.isSecure) break;
    if (!engine.isSettled) yield* new Settling(tls, deadline, syscall);
    else yield* receiveWith(methods, new Greeting(tls), deadline, syscall);
  }
  tls.isShakingHands = false;
}

function isBytesOrNull(value: unknown): value is Uint8Array | null {
  return value === null || isBytes(value);
}
