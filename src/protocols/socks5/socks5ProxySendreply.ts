import { dillError, textOf } from "../../errors/index.js";
import { checkIpaddr, type Ipaddr } from "../../ipaddr/index.js";
import { type Operation, operation, readDeadline, type Steps } from "../../kernel/index.js";
import { type Bytestream, bytestreamOf } from "../../sockets/index.js";
import type { Socks5Reply } from "./codes.js";
import { requestOf } from "./wire.js";

const syscall = "socks5_proxy_sendreply";

/**
 * Tells a client what has come of its command, as a proxy.
 *
 * After a success the socket is the client's tunnel: {@link copyBidirectional} passes everything on. After anything else, close
 * the socket.
 *
 * @param s - The bytestream, after {@link socks5ProxyRecvcommand}.
 * @param reply - One of the constants `SOCKS5_…`: {@link SOCKS5_SUCCESS}, or what has gone wrong.
 * @param addr - The proxy's own end of the connection; after a failure `ipaddrLocal(null, 0)`, say.
 * @param deadline - Point on the clock of {@link now}, in milliseconds; `-1` never, `0` only what can be sent at once.
 * @throws {@link DillError}
 * - `EBADF`: the handle is not open, or was closed meanwhile.
 * - `EBUSY`: another coroutine is sending on this socket.
 * - `ECANCELED`: the coroutine is being canceled, and not all of it could be sent without waiting.
 * - `ECONNRESET`: the connection broke.
 * - `EINVAL`: the reply, the address or the deadline is none; nothing has been sent.
 * - `ENOTSUP`: the handle is not a bytestream.
 * - `EPIPE`: this side has said that it sends nothing more.
 * - `ETIMEDOUT`: the deadline came first.
 * @remarks Cancellation: as for {@link bsend}.
 * Source: libdill's socks5.c, which has no manual page; RFC 1928, https://www.rfc-editor.org/rfc/rfc1928#section-6
 */
export function socks5ProxySendreply(
  s: Bytestream,
  reply: Socks5Reply,
  addr: Ipaddr,
  deadline: number,
): Operation<void> {
  return operation(syscall, () => sendReply(s, reply, addr, deadline));
}

function* sendReply(
  s: Bytestream,
  reply: Socks5Reply,
  addr: Ipaddr,
  deadline: number,
): Steps<void> {
  const methods = bytestreamOf(s, syscall);
  readDeadline(deadline, syscall);
  if (!Number.isInteger(reply) || reply < 0 || reply > 8) {
    throw dillError("EINVAL", syscall, `a reply is a number from 0 to 8, not ${textOf(reply)}`);
  }
  const { address: host, port } = checkIpaddr(addr, syscall);
  yield* methods.send([requestOf(reply, { host, port, addr })], deadline, syscall);
}
