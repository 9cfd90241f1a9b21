import { dillError } from "../errors/index.js";
import { fromHost, type Ipaddr } from "../ipaddr/index.js";
import { type UdpDropped, udpOf, type UdpSocket } from "./udpSocket.js";

/**
 * The address to which a socket is bound.
 *
 * Never blocks. libdill writes the port that the system has chosen into the address that `udp_open` was given.
 *
 * @param s - The socket.
 * @returns Its address and port.
 * @throws {@link DillError}
 * - `EBADF`: the handle is not open.
 * - `ENOTSUP`: the handle is not a udp socket.
 * Source: getsockname(2), https://man7.org/linux/man-pages/man2/getsockname.2.html
 */
export function udpLocal(s: UdpSocket): Ipaddr {
  const address = udpOf(s, "udp_local").host?.address();
  const ipaddr = address && fromHost(address);
  if (ipaddr !== undefined) return ipaddr;
  throw dillError("EBADF", "udp_local", "the system does not know the socket any more");
}

/**
 * How many datagrams a socket has dropped since it was opened.
 *
 * What the kernel, the network or the peer drops nobody counts. Never blocks.
 *
 * @param s - The socket.
 * @returns The numbers as they are now.
 * @throws {@link DillError}
 * - `EBADF`: the handle is not open.
 * - `ENOTSUP`: the handle is not a udp socket.
 * Source: none in libdill, which leaves all datagrams to the kernel.
 */
export function udpDropped(s: UdpSocket): UdpDropped {
  return { ...udpOf(s, "udp_dropped").dropped };
}
