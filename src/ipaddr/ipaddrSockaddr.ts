import { dillError } from "../errors/index.js";
import { names } from "../host/index.js";
import { checkIpaddr, type Ipaddr, parse } from "./ipaddr.js";

/** Linux's numbers. */
const AF_INET = 2;
const AF_INET6 = 10;

/**
 * The address as the `sockaddr_in` or `sockaddr_in6` that Linux's system calls take.
 *
 * For code of yours that talks to the system, such as an addon. A zone becomes the number of its interface. Never blocks.
 *
 * @param addr - The address.
 * @returns The structure: {@link ipaddrLen} bytes, new ones each time.
 * @throws {@link DillError}
 * - `EINVAL`: it is no address.
 * - `ENODEV`: no interface with a link-local address has the name of its zone.
 * @see ipaddr_sockaddr(3), https://libdill.org/ipaddr_sockaddr.html
 */
export function ipaddrSockaddr(addr: Ipaddr): Buffer {
  const { address, port } = checkIpaddr(addr, syscall);
  const { family, bytes, zone } = parse(address) as NonNullable<ReturnType<typeof parse>>;
  const sockaddr = Buffer.alloc(family === "ipv4" ? 16 : 28);
  const native = new DataView(sockaddr.buffer, sockaddr.byteOffset);
  native.setUint16(0, family === "ipv4" ? AF_INET : AF_INET6, isLittleEndian);
  sockaddr.writeUInt16BE(port, 2);
  sockaddr.set(bytes, family === "ipv4" ? 4 : 8);
  if (zone !== "") native.setUint32(24, scopeOf(zone), isLittleEndian);
  return sockaddr;
}

function scopeOf(zone: string): number {
  if (/^\d+$/.test(zone)) return Number(zone);
  const found = names()
    .interfaces()
    .find(({ name, scope }) => name === zone && scope > 0);
  if (found !== undefined) return found.scope;
  const message = `no interface ${zone} has a link-local address`;
  throw dillError("ENODEV", syscall, message);
}

const isLittleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;
const syscall = "ipaddr_sockaddr";
