import { dillError, retold } from "../../errors/index.js";
import { type Ipaddr, ipaddrRemote } from "../../ipaddr/index.js";
import { type Operation, operation, readDeadline, type Steps } from "../../kernel/index.js";
import { type Bytestream, bytestreamOf } from "../../sockets/index.js";
import type { Socks5Command } from "./codes.js";
import { isHostName, receive, request, type Target } from "./wire.js";

/** What a client wants of a proxy: {@link socks5ProxyRecvcommand}. */
export interface Socks5Request {
  readonly command: Socks5Command;
  /** The address that it means. */
  readonly addr: Ipaddr;
}

/** What a client wants of a proxy: {@link socks5ProxyRecvcommandbyname}. */
export interface Socks5NamedRequest {
  readonly command: Socks5Command;
  /** The host that it means: a name, or an address as text. */
  readonly host: string;
  /** From 0 to 65535. */
  readonly port: number;
}

/**
 * Receives what a client wants, as a proxy, and looks up the name if it has sent one.
 *
 * {@link socks5ProxySendreply} follows, also if the name can't be looked up: the client waits. A proxy that is to try all
 * addresses of a name calls {@link socks5ProxyRecvcommandbyname} instead.
 *
 * @param s - The bytestream, after {@link socks5ProxyAuth}.
 * @param deadline - Point on the clock of {@link now}, in milliseconds; `-1` never, `0` only what needs no wait.
 * @returns The command, and the address.
 * @throws {@link DillError}
 * - `EADDRNOTAVAIL`: the name does not exist, or has no address.
 * - `EBADF`: the handle is not open, or was closed meanwhile.
 * - `EBUSY`: another coroutine is receiving on this socket.
 * - `ECANCELED`: the coroutine is being canceled.
 * - `ECONNRESET`: the connection broke, or ended in the middle of the dialogue.
 * - `EINVAL`: the deadline is none.
 * - `EIO`: a server for names has failed.
 * - `ENOTSUP`: the handle is not a bytestream.
 * - `EPROTO`: what came is no command.
 * - `ETIMEDOUT`: the deadline came first.
 * @remarks Cancellation: either nothing has been received, or a lookup was given up.
 * Source: libdill's socks5.c, which has no manual page; RFC 1928, https://www.rfc-editor.org/rfc/rfc1928#section-4
 */
export function socks5ProxyRecvcommand(s: Bytestream, deadline: number): Operation<Socks5Request> {
  const syscall = "socks5_proxy_recvcommand";
  return operation(syscall, () => receiveAddress(s, deadline, syscall));
}

/**
 * Receives what a client wants, as a proxy, and leaves names as they are.
 *
 * @param s - The bytestream, after {@link socks5ProxyAuth}.
 * @param deadline - Point on the clock of {@link now}, in milliseconds; `-1` never, `0` only what needs no wait.
 * @returns The command, the host and the port.
 * @throws {@link DillError}
 * - `EBADF`: the handle is not open, or was closed meanwhile.
 * - `EBUSY`: another coroutine is receiving on this socket.
 * - `ECANCELED`: the coroutine is being canceled.
 * - `ECONNRESET`: the connection broke, or ended in the middle of the dialogue.
 * - `EINVAL`: the deadline is none.
 * - `ENOTSUP`: the handle is not a bytestream.
 * - `EPROTO`: what came is no command.
 * - `ETIMEDOUT`: the deadline came first.
 * @remarks Cancellation: nothing has been received.
 * Source: libdill's socks5.c, which has no manual page; RFC 1928, https://www.rfc-editor.org/rfc/rfc1928#section-4
 */
export function socks5ProxyRecvcommandbyname(
  s: Bytestream,
  deadline: number,
): Operation<Socks5NamedRequest> {
  const syscall = "socks5_proxy_recvcommandbyname";
  return operation(syscall, () => receiveName(s, deadline, syscall));
}

function* receiveAddress(s: Bytestream, deadline: number, syscall: string): Steps<Socks5Request> {
  const { command, target } = yield* receiveCommand(s, deadline, syscall);
  const { host, port, addr } = target;
  if (addr !== undefined) return { command, addr };
  try {
    return { command, addr: yield* ipaddrRemote(host, port, 0, deadline) };
  } catch (error) {
    throw retold(error, syscall);
  }
}

function* receiveName(s: Bytestream, deadline: number, syscall: string): Steps<Socks5NamedRequest> {
  const { command, target } = yield* receiveCommand(s, deadline, syscall);
  return { command, host: target.host, port: target.port };
}

function* receiveCommand(
  s: Bytestream,
  deadline: number,
  syscall: string,
): Steps<{ readonly command: Socks5Command; readonly target: Target }> {
  const methods = bytestreamOf(s, syscall);
  readDeadline(deadline, syscall);
  const { code, target } = yield* receive(methods, request, deadline, syscall);
  if (!isCommand(code)) throw dillError("EPROTO", syscall, `there is no command ${code}`);
  if (!isHostName(target.host)) throw dillError("EPROTO", syscall, "what came is no host's name");
  return { command: code, target };
}

function isCommand(code: number): code is Socks5Command {
  return code >= 1 && code <= 3;
}
