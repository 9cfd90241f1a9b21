import { dillError, textOf } from "../../errors/index.js";
import { checkEndpoint, checkPort, type Ipaddr, ipaddrOf } from "../../ipaddr/index.js";
import { type Operation, operation, readDeadline, type Steps } from "../../kernel/index.js";
import { type Bytestream, bytestreamOf } from "../../sockets/index.js";
import { replyError, SOCKS5_CONNECT } from "./codes.js";
import {
  choice,
  credentialsOf,
  greetingOf,
  isHostName,
  isSayable,
  maxText,
  noMethod,
  receive,
  request,
  requestOf,
  type Target,
  verdict,
  withoutPassword,
  withPassword,
} from "./wire.js";

/**
 * Asks a SOCKS5 proxy for a connection to an address.
 *
 * When it returns, the socket is the tunnel: what is sent goes to the other end. It keeps its handle. Close the socket
 * if the operation fails, because nobody knows where in the dialogue the proxy is.
 *
 * The password goes over the network as it is.
 *
 * @param s - A bytestream that leads to the proxy.
 * @param user - The user's name, at most 255 bytes of UTF-8; `null` for none.
 * @param password - The password, at most 255 bytes of UTF-8; `null` for none.
 * @param addr - Where the proxy is to connect to.
 * @param deadline - Point on the clock of {@link now}, in milliseconds; `-1` never, `0` only what needs no wait.
 * @throws {@link DillError}
 * - `EACCES`: the proxy does not allow it, takes no such user or password, or none of the methods that were offered.
 * - `EAFNOSUPPORT`: the proxy does not know this type of address.
 * - `EBADF`: the handle is not open, or was closed meanwhile.
 * - `EBUSY`: another coroutine uses the socket.
 * - `ECANCELED`: the coroutine is being canceled.
 * - `ECONNREFUSED`: nobody listens there.
 * - `ECONNRESET`: the connection to the proxy broke, or the proxy has ended the dialogue.
 * - `EHOSTUNREACH`: the proxy does not reach the host, or the way is too long.
 * - `EINVAL`: the address or the deadline is none; the user or the password is too long or no UTF-8, or one of the two is missing. Nothing has
 * been sent.
 * - `EIO`: the proxy itself has failed.
 * - `ENETUNREACH`: the proxy has no route to the network.
 * - `ENOTSUP`: the handle is not a bytestream.
 * - `EOPNOTSUPP`: the proxy makes no connections.
 * - `EPIPE`: this side has said that it sends nothing more.
 * - `EPROTO`: the other side does not speak SOCKS5.
 * - `ETIMEDOUT`: the deadline came first. Unlike libdill, where it may also be the proxy's answer.
 * @remarks Cancellation: the dialogue stays where it was.
 * @example
 * ```ts
 * const s = yield* tcpConnect(proxy, deadline);
 * yield* socks5ClientConnect(s, null, null, ipaddrLocal("192.0.2.1", 80), deadline);
 * ```
 * Source: libdill's socks5.c, which has no manual page; RFC 1928, https://www.rfc-editor.org/rfc/rfc1928
 */
export function socks5ClientConnect(
  s: Bytestream,
  user: string | null,
  password: string | null,
  addr: Ipaddr,
  deadline: number,
): Operation<void> {
  const syscall = "socks5_client_connect";
  return operation(syscall, () =>
    connect({ s, user, password, deadline, syscall }, () => targetAt(addr, syscall)),
  );
}

/**
 * Asks a SOCKS5 proxy for a connection to a host by its name, which the proxy looks up.
 *
 * As {@link socks5ClientConnect} otherwise. A name that is an address as text is sent as an address.
 *
 * @param s - A bytestream that leads to the proxy.
 * @param user - The user's name, at most 255 bytes of UTF-8; `null` for none.
 * @param password - The password, at most 255 bytes of UTF-8; `null` for none.
 * @param host - The name, from 1 to 255 bytes.
 * @param port - From 1 to 65535.
 * @param deadline - Point on the clock of {@link now}, in milliseconds; `-1` never, `0` only what needs no wait.
 * @throws {@link DillError}
 * - `EACCES`: the proxy does not allow it, takes no such user or password, or none of the methods that were offered.
 * - `EAFNOSUPPORT`: the proxy does not know names.
 * - `EBADF`: the handle is not open, or was closed meanwhile.
 * - `EBUSY`: another coroutine uses the socket.
 * - `ECANCELED`: the coroutine is being canceled.
 * - `ECONNREFUSED`: nobody listens there.
 * - `ECONNRESET`: the connection to the proxy broke, or the proxy has ended the dialogue.
 * - `EHOSTUNREACH`: the proxy does not reach the host, or does not know the name.
 * - `EINVAL`: the name, the port or the deadline is none; the user or the password is too long or no UTF-8, or one of the two is missing.
 * Nothing has been sent.
 * - `EIO`: the proxy itself has failed.
 * - `ENETUNREACH`: the proxy has no route to the network.
 * - `ENOTSUP`: the handle is not a bytestream.
 * - `EOPNOTSUPP`: the proxy makes no connections.
 * - `EPIPE`: this side has said that it sends nothing more.
 * - `EPROTO`: the other side does not speak SOCKS5.
 * - `ETIMEDOUT`: the deadline came first.
 * @remarks Cancellation: the dialogue stays where it was.
 * Source: libdill's socks5.c, which has no manual page; RFC 1928, https://www.rfc-editor.org/rfc/rfc1928
 */
export function socks5ClientConnectbyname(
  s: Bytestream,
  user: string | null,
  password: string | null,
  host: string,
  port: number,
  deadline: number,
): Operation<void> {
  const syscall = "socks5_client_connectbyname";
  return operation(syscall, () =>
    connect({ s, user, password, deadline, syscall }, () => targetNamed(host, port, syscall)),
  );
}

interface Call {
  readonly s: Bytestream;
  readonly user: string | null;
  readonly password: string | null;
  readonly deadline: number;
  readonly syscall: string;
}

function* connect(call: Call, findTarget: () => Target): Steps<void> {
  const { s, deadline, syscall } = call;
  const methods = bytestreamOf(s, syscall);
  readDeadline(deadline, syscall);
  const login = loginOf(call);
  const target = findTarget();
  const address = `${target.host}:${target.port}`;

  const offered = login === undefined ? [withoutPassword] : [withoutPassword, withPassword];
  yield* methods.send([greetingOf(offered)], deadline, syscall);
  const method = yield* receive(methods, choice, deadline, syscall);
  if (method === noMethod) throw refused("none of the methods that are offered", syscall);
  if (!offered.includes(method)) {
    throw dillError("EPROTO", syscall, `the proxy takes method ${method}, which was not offered`);
  }
  if (method === withPassword && login !== undefined) {
    yield* methods.send([login], deadline, syscall);
    const isWrong = (yield* receive(methods, verdict, deadline, syscall)) !== 0;
    if (isWrong) throw refused("no such user or password", syscall);
  }
  yield* methods.send([requestOf(SOCKS5_CONNECT, target)], deadline, syscall);
  const { code } = yield* receive(methods, request, deadline, syscall);
  const error = replyError(code, syscall, address);
  if (error !== undefined) throw error;
}

/** Undefined if there is neither a user nor a password. */
function loginOf({ user, password, syscall }: Call): Buffer | undefined {
  if (user === null && password === null) return undefined;
  const texts = [user, password].map((text) => {
    if (isSayable(text)) return Buffer.from(text);
    const message = `user and password are two texts of at most ${maxText} bytes of UTF-8, or both null`;
    throw dillError("EINVAL", syscall, message);
  });
  return credentialsOf(...(texts as [Buffer, Buffer]));
}

function targetAt(addr: Ipaddr, syscall: string): Target {
  const { address, port } = checkEndpoint(addr, syscall);
  return checkTarget({ host: address, port, addr }, syscall);
}

function targetNamed(host: string, port: number, syscall: string): Target {
  checkPort(port, syscall);
  if (isHostName(host)) return checkTarget({ host, port, addr: ipaddrOf(host, port) }, syscall);
  const message = `a host's name has 1 to ${maxText} bytes of UTF-8 and no spaces, unlike ${textOf(host)}`;
  throw dillError("EINVAL", syscall, message);
}

function checkTarget(target: Target, syscall: string): Target {
  const { host, port, addr } = target;
  const address = `${host}:${port}`;
  if (port === 0)
    throw dillError("EINVAL", syscall, { address, message: "nobody can have port 0" });
  if (addr === undefined || !host.includes("%")) return target;
  throw dillError("EINVAL", syscall, { address, message: "a zone means nothing to the proxy" });
}

function refused(what: string, syscall: string): Error {
  return dillError("EACCES", syscall, `the proxy takes ${what}`);
}
