import { dillError } from "../errors/index.js";
import type { InetAddress } from "../host/index.js";
import { fromHost, type Ipaddr } from "../ipaddr/index.js";
import { connectionOf, isListener, listenerOf } from "../sockets/index.js";
import { tcp, type TcpListener, type TcpSocket } from "./tcpSocket.js";

/**
 * The address of our end: of a listener, where it listens.
 *
 * Never blocks. libdill writes the port that the system has chosen into the address that `tcp_listen` was given.
 *
 * @param s - The socket, or a listener.
 * @returns Its address and port.
 * @throws {@link DillError}
 * - `EBADF`: the handle is not open.
 * - `ECONNRESET`: the system can't say any more, because the connection is gone, or the listener takes no more connections.
 * - `ENOTSUP`: the handle is not of tcp.
 * Source: getsockname(2), https://man7.org/linux/man-pages/man2/getsockname.2.html
 */
export function tcpLocal(s: TcpSocket | TcpListener): Ipaddr {
  const syscall = "tcp_local";
  if (isListener(tcp, s, syscall))
    return known(listenerOf(tcp, s, syscall).host?.address?.(), syscall);
  return known(connectionOf(tcp, s, syscall).socket.address?.("local"), syscall);
}

/**
 * The address of the peer.
 *
 * Never blocks. libdill tells it when it accepts the connection.
 *
 * @param s - The socket.
 * @returns The peer's address and port.
 * @throws {@link DillError}
 * - `EBADF`: the handle is not open.
 * - `ECONNRESET`: the peer was gone before its connection was taken from the kernel.
 * - `ENOTSUP`: the handle is not a tcp socket.
 * Source: getpeername(2), https://man7.org/linux/man-pages/man2/getpeername.2.html
 */
export function tcpPeer(s: TcpSocket): Ipaddr {
  const syscall = "tcp_peer";
  return known(connectionOf(tcp, s, syscall).socket.address?.("peer"), syscall);
}

function known(address: InetAddress | undefined, syscall: string): Ipaddr {
  const ipaddr = address && fromHost(address);
  if (ipaddr !== undefined) return ipaddr;
  throw dillError("ECONNRESET", syscall, "the system can't say the address any more");
}
