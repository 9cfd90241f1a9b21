// The numbers of SOCKS5, and what they mean in errno's words.
import { type DillError, dillError, type ErrnoCode } from "../../errors/index.js";

/** The client wants a connection. */
export const SOCKS5_CONNECT = 1;
/** The client wants the proxy to listen for one. */
export const SOCKS5_BIND = 2;
/** The client wants the proxy to pass datagrams on. */
export const SOCKS5_UDP_ASSOCIATE = 3;

/** One of {@link SOCKS5_CONNECT}, {@link SOCKS5_BIND} and {@link SOCKS5_UDP_ASSOCIATE}. */
export type Socks5Command = 1 | 2 | 3;

/** The tunnel is there. */
export const SOCKS5_SUCCESS = 0;
/** The proxy itself has failed: to a client `EIO`. */
export const SOCKS5_GENERAL_FAILURE = 1;
/** The proxy does not allow it: `EACCES`. */
export const SOCKS5_CONNECTION_NOT_ALLOWED = 2;
/** No route leads to the network: `ENETUNREACH`. */
export const SOCKS5_NETWORK_UNREACHABLE = 3;
/** The network does not reach the machine, or there is no such name: `EHOSTUNREACH`. */
export const SOCKS5_HOST_UNREACHABLE = 4;
/** Nobody listens there: `ECONNREFUSED`. */
export const SOCKS5_CONNECTION_REFUSED = 5;
/** On the way too many hops were made, or too much time went by: `EHOSTUNREACH`. */
export const SOCKS5_TTL_EXPIRED = 6;
/** The proxy does not know the command: `EOPNOTSUPP`. */
export const SOCKS5_COMMAND_NOT_SUPPORTED = 7;
/** The proxy has no such protocol: `EAFNOSUPPORT`. */
export const SOCKS5_ADDRESS_TYPE_NOT_SUPPORTED = 8;

/** One of the constants `SOCKS5_…` from {@link SOCKS5_SUCCESS} on. */
export type Socks5Reply = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8;

const failures: readonly (readonly [ErrnoCode, string])[] = [
  ["EIO", "the proxy has failed"],
  ["EACCES", "the proxy does not allow it"],
  ["ENETUNREACH", "the proxy has no route to the network"],
  ["EHOSTUNREACH", "the proxy does not reach the host"],
  ["ECONNREFUSED", "the proxy's connection was refused"],
  ["EHOSTUNREACH", "the way from the proxy to the host is too long"],
  ["EOPNOTSUPP", "the proxy makes no connections"],
  ["EAFNOSUPPORT", "the proxy does not know this type of address"],
];

/** The error that a reply means; undefined for success. */
export function replyError(reply: number, syscall: string, address: string): DillError | undefined {
  if (reply === SOCKS5_SUCCESS) return undefined;
  const unknown = ["EPROTO", `there is no reply ${reply}`] as const;
  const [code, message] = failures[reply - 1] ?? unknown;
  return dillError(code, syscall, { address, message });
}
