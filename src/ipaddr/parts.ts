// What an address consists of.
import { checkIpaddr, checkPort, type Ipaddr, ipaddrOf, parse } from "./ipaddr.js";

/**
 * The address as text, without its port.
 *
 * Of all texts that mean one address it is always the same: the one of inet_ntop(3). Never blocks.
 *
 * @param addr - The address.
 * @returns Its text: `"127.0.0.1"`, `"::1"`, `"fe80::1%eth0"`.
 * @throws {@link DillError}
 * - `EINVAL`: it is no address.
 * @see ipaddr_str(3), https://libdill.org/ipaddr_str.html
 */
export function ipaddrStr(addr: Ipaddr): string {
  return checkIpaddr(addr, "ipaddr_str").address;
}

/**
 * Which protocol an address belongs to.
 *
 * Never blocks. libdill has the numbers `AF_INET` and `AF_INET6` for it.
 *
 * @param addr - The address.
 * @returns The protocol.
 * @throws {@link DillError}
 * - `EINVAL`: it is no address.
 * @see ipaddr_family(3), https://libdill.org/ipaddr_family.html
 */
export function ipaddrFamily(addr: Ipaddr): "ipv4" | "ipv6" {
  return checkIpaddr(addr, "ipaddr_family").family;
}

/**
 * How long an address is for the system: the length of what {@link ipaddrSockaddr} returns.
 *
 * Never blocks.
 *
 * @param addr - The address.
 * @returns 16 for IPv4, 28 for IPv6.
 * @throws {@link DillError}
 * - `EINVAL`: it is no address.
 * @see ipaddr_len(3), https://libdill.org/ipaddr_len.html
 */
export function ipaddrLen(addr: Ipaddr): number {
  return checkIpaddr(addr, "ipaddr_len").family === "ipv4" ? 16 : 28;
}

/**
 * The port of an address.
 *
 * Never blocks.
 *
 * @param addr - The address.
 * @returns Its port.
 * @throws {@link DillError}
 * - `EINVAL`: it is no address.
 * @see ipaddr_port(3), https://libdill.org/ipaddr_port.html
 */
export function ipaddrPort(addr: Ipaddr): number {
  return checkIpaddr(addr, "ipaddr_port").port;
}

/**
 * The same address with another port.
 *
 * The given one stays as it is, unlike in libdill. Never blocks.
 *
 * @param addr - The address.
 * @param port - The port, from 0 to 65535.
 * @returns A new address.
 * @throws {@link DillError}
 * - `EINVAL`: it is no address, or no port.
 * @see ipaddr_setport(3), https://libdill.org/ipaddr_setport.html
 */
export function ipaddrSetport(addr: Ipaddr, port: number): Ipaddr {
  checkPort(port, "ipaddr_setport");
  return ipaddrOf(checkIpaddr(addr, "ipaddr_setport").address, port) as Ipaddr;
}

/**
 * Whether two addresses are the same.
 *
 * As in libdill, zones don't count, and an IPv4 address is none of IPv6, even if that is mapped. Never blocks.
 *
 * @param a - One address.
 * @param b - The other one.
 * @param ignorePort - Whether the ports may differ.
 * @returns Whether they are.
 * @throws {@link DillError}
 * - `EINVAL`: one is no address.
 * @see ipaddr_equal(3), https://libdill.org/ipaddr_equal.html
 */
export function ipaddrEqual(a: Ipaddr, b: Ipaddr, ignorePort = false): boolean {
  const [x, y] = [checkIpaddr(a, "ipaddr_equal"), checkIpaddr(b, "ipaddr_equal")];
  if (x.port !== y.port && !ignorePort) return false;
  return String(parse(x.address)?.bytes) === String(parse(y.address)?.bytes);
}
