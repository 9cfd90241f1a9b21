import type { Ipaddr } from "../ipaddr/index.js";
import { checkSendList } from "../sockets/index.js";
import { udpOf, type UdpSocket } from "./udpSocket.js";

/**
 * Sends a datagram.
 *
 * It never waits: while the kernel has no room for what was sent before, the datagram is dropped, and {@link udpDropped}
 * counts it. Whether it arrives nobody tells in any case. Unlike in libdill, another coroutine may be receiving meanwhile.
 * Never blocks. It works in a coroutine that is being canceled, too.
 *
 * @param s - The socket.
 * @param addr - Where it is to go; `null` for the default remote address.
 * @param bytes - What to send; it may be empty. It is copied.
 * @throws {@link DillError}
 * - `EACCES`: the system forbids it, by a route or a filter; or the address is a broadcast address, and the socket was not
 * opened for that.
 * - `EBADF`: the handle is not open.
 * - `EHOSTUNREACH`: the network does not reach the machine.
 * - `EINVAL`: the address is none, of another family than the socket, or has port 0; or it is `null`, and the socket has no
 * default remote address; or these are no bytes.
 * - `EMSGSIZE`: the datagram is longer than the protocol can say: 65507 bytes over IPv4.
 * - `ENETUNREACH`: no route leads to the network.
 * - `ENOMEM`: the kernel has no memory left.
 * - `ENOTSUP`: the handle is not a udp socket.
 * @see udp_send(3), https://libdill.org/udp_send.html
 */
export function udpSend(s: UdpSocket, addr: Ipaddr | null, bytes: Uint8Array): void {
  const socket = udpOf(s, "udp_send");
  socket.sendTo(addr, checkSendList([bytes], "udp_send"), "udp_send");
}

/**
 * Sends several buffers as one datagram.
 *
 * Never blocks.
 *
 * @param s - The socket.
 * @param addr - Where it is to go; `null` for the default remote address.
 * @param list - The buffers, in order. They are copied.
 * @throws {@link DillError} As for {@link udpSend}; `EINVAL` also if the list holds something that is no buffer.
 * @see udp_sendl(3), https://libdill.org/udp_sendl.html
 */
export function udpSendl(s: UdpSocket, addr: Ipaddr | null, list: readonly Uint8Array[]): void {
  const socket = udpOf(s, "udp_sendl");
  socket.sendTo(addr, checkSendList(list, "udp_sendl"), "udp_sendl");
}
