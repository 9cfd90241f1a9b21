import { dillError, textOf } from "../errors/index.js";

/** Only IPv4 addresses. */
export const IPADDR_IPV4 = 1;
/** Only IPv6 addresses. */
export const IPADDR_IPV6 = 2;
/** Addresses of both kinds, IPv4 first: the default. */
export const IPADDR_PREF_IPV4 = 3;
/** Addresses of both kinds, IPv6 first. */
export const IPADDR_PREF_IPV6 = 4;

/** One of {@link IPADDR_IPV4}, {@link IPADDR_IPV6}, {@link IPADDR_PREF_IPV4} and {@link IPADDR_PREF_IPV6}; 0 is the default. */
export type IpaddrMode = 0 | 1 | 2 | 3 | 4;

type Family = "ipv4" | "ipv6";

const byMode: readonly (readonly [Family, ...Family[]])[] = [
  ["ipv4", "ipv6"],
  ["ipv4"],
  ["ipv6"],
  ["ipv4", "ipv6"],
  ["ipv6", "ipv4"],
];

/** The families that the mode admits, the preferred one first; EINVAL if it is no mode. */
export function familiesOf(mode: number, syscall: string): readonly [Family, ...Family[]] {
  const families = typeof mode === "number" ? byMode[mode] : undefined;
  if (families !== undefined) return families;
  const message = `a mode is one of the constants IPADDR_…, not ${textOf(mode)}`;
  throw dillError("EINVAL", syscall, message);
}
