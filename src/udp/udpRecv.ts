import type { Ipaddr } from "../ipaddr/index.js";
import type { Operation } from "../kernel/index.js";
import { givenTargets, type ReceiveTarget } from "../sockets/index.js";
import type { Datagram } from "./inbound.js";
import { filling, Receiving } from "./receiving.js";
import { udpOf, type UdpSocket } from "./udpSocket.js";

/**
 * Receives a datagram, and tells who has sent it.
 *
 * A socket with a default remote address receives from there only. After an error, a deadline or a cancellation the
 * socket is as it was.
 *
 * @param s - The socket.
 * @param deadline - Point on the clock of {@link now}, in milliseconds; `-1` never, `0` only what is there.
 * @returns The datagram and its sender. The bytes are the caller's own.
 * @throws {@link DillError}
 * - `EBADF`: the handle is not open, or was closed meanwhile.
 * - `EBUSY`: another coroutine is receiving on this socket.
 * - `ECANCELED`: the coroutine is being canceled, and no datagram had come.
 * - `EINVAL`: the deadline is none.
 * - `ENOMEM`: the kernel has no memory left.
 * - `ENOTSUP`: the handle is not a udp socket.
 * - `ETIMEDOUT`: the deadline came first.
 * @remarks Cancellation: no datagram has been taken.
 * @see udp_recv(3), https://libdill.org/udp_recv.html
 */
export function udpRecv(s: UdpSocket, deadline: number): Operation<Datagram> {
  return new Receiving((syscall) => [udpOf(s, syscall), itself], deadline, "udp_recv");
}

const itself = (datagram: Datagram): Datagram => datagram;

/** What {@link udpRecvl} returns. */
export interface DatagramInfo {
  /** How long the datagram is. */
  readonly length: number;
  /** Who has sent it. */
  readonly addr: Ipaddr;
}

/**
 * Receives a datagram into several buffers, one after the other, and drops what stands between them.
 *
 * Unlike in libdill, which cuts off what does not fit in, a datagram that is longer is an error.
 *
 * @param s - The socket.
 * @param targets - In order: buffers to fill, and `{ skip: n }` for n bytes to drop.
 * @param deadline - Point on the clock of {@link now}, in milliseconds; `-1` never, `0` only what is there.
 * @returns How long the datagram is, and who has sent it.
 * @throws {@link DillError}
 * - `EBADF`: the handle is not open, or was closed meanwhile.
 * - `EBUSY`: another coroutine is receiving on this socket.
 * - `ECANCELED`: the coroutine is being canceled, and no datagram had come.
 * - `EINVAL`: the deadline is none, the list holds something else, or a buffer's memory was given away meanwhile.
 * - `EMSGSIZE`: the datagram is longer than all targets together. It is gone, and they are as they were.
 * - `ENOMEM`: the kernel has no memory left.
 * - `ENOTSUP`: the handle is not a udp socket.
 * - `ETIMEDOUT`: the deadline came first.
 * @remarks Cancellation: no datagram has been taken.
 * @see udp_recvl(3), https://libdill.org/udp_recvl.html
 */
export function udpRecvl(
  s: UdpSocket,
  targets: readonly ReceiveTarget[],
  deadline: number,
): Operation<DatagramInfo> {
  const begin = (syscall: string) => {
    const socket = udpOf(s, syscall);
    const fill = filling(givenTargets(targets, syscall), syscall);
    const make = ({ data, addr }: Datagram): DatagramInfo => ({ length: fill(data), addr });
    return [socket, make] as const;
  };
  return new Receiving(begin, deadline, "udp_recvl");
}
