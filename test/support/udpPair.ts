// Two UDP sockets on the loopback, each the other's default remote address.
import {
  type Coroutine,
  type Ipaddr,
  ipaddrLocal,
  udpLocal,
  udpOpen,
  type UdpSocket,
} from "libdill-ts";

/** A port of the loopback that the system chooses. */
export function anyPort(host = "127.0.0.1"): Ipaddr {
  return ipaddrLocal(host, 0);
}

/** The second knows the first, and the first takes what comes from anywhere. */
export function* udpPair(host?: string): Coroutine<[UdpSocket, UdpSocket]> {
  const a = yield* udpOpen(anyPort(host), null);
  const b = yield* udpOpen(anyPort(host), udpLocal(a));
  return [a, b];
}
