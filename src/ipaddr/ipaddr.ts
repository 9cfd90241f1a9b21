// What an address is to a program, and what it may be.
import { dillError, inspectSafely, textOf } from "../errors/index.js";
import { endpointOf, type InetAddress } from "../host/index.js";
import { addressText, ipv4Bytes, ipv6Bytes } from "./bytes.js";

/** An IP address and a port: what {@link ipaddrLocal} and {@link ipaddrRemote} make. It can't be changed. */
export interface Ipaddr {
  /** Which protocol it belongs to. */
  readonly family: "ipv4" | "ipv6";
  /** The address as text: `"127.0.0.1"`. The zone of a link-local address is part of it: `"fe80::1%eth0"`. */
  readonly address: string;
  /** From 0 to 65535. */
  readonly port: number;
}

/** An address, its bytes and its zone. */
interface Parsed {
  readonly family: "ipv4" | "ipv6";
  readonly bytes: readonly number[];
  /** An interface, for a link-local address; empty if there is none. */
  readonly zone: string;
}

/** Undefined if the text is no address. */
export function parse(text: string): Parsed | undefined {
  const ipv4 = ipv4Bytes(text);
  if (ipv4 !== undefined) return { family: "ipv4", bytes: ipv4, zone: "" };
  const [, front = "", zone] = /^([^%]*)(?:%([0-9a-z.:-]+))?$/i.exec(text) ?? [];
  const bytes = ipv6Bytes(front);
  return bytes && { family: "ipv6", bytes, zone: zone ?? "" };
}

/** The address that a text stands for, in the one way in which we write it; undefined if it is none. */
export function ipaddrOf(text: string, port: number): Ipaddr | undefined {
  const parsed = parse(text);
  if (parsed === undefined) return undefined;
  const { family, bytes, zone } = parsed;
  const address = addressText(bytes) + (zone === "" ? "" : `%${zone}`);
  return Object.freeze({ family, address, port });
}

/** Of an address that was checked. */
export function bytesOf({ address }: Ipaddr): readonly number[] {
  return parse(address)?.bytes ?? [];
}

/** The address with these bytes: four of them, or sixteen. */
export function ipaddrFromBytes(bytes: readonly number[], port: number): Ipaddr {
  const family = bytes.length === 4 ? "ipv4" : "ipv6";
  return Object.freeze({ family, address: addressText(bytes), port });
}

/** What the host tells, for the program. */
export function fromHost({ address, port }: InetAddress): Ipaddr | undefined {
  return ipaddrOf(address, port);
}

/** The address if it is one, and EINVAL if it is not: it may be an object of the program's own. */
export function checkIpaddr(addr: Ipaddr, syscall: string): Ipaddr {
  const checked = inspectSafely(() => {
    const { family, address, port } = addr;
    const made = isPort(port) && typeof address === "string" ? ipaddrOf(address, port) : undefined;
    return made?.family === family ? made : undefined;
  }, undefined);
  if (checked !== undefined) return checked;
  const message = `an address is what ipaddrLocal or ipaddrRemote has returned, not ${textOf(addr)}`;
  throw dillError("EINVAL", syscall, message);
}

/**
 * The address if a socket can use it, and EINVAL if it can't. Of a link-local address only its zone tells where it is. Some
 * systems refuse one without a zone, others take the first interface there is.
 */
export function checkEndpoint(addr: Ipaddr, syscall: string): Ipaddr {
  const checked = checkIpaddr(addr, syscall);
  if (!/^fe[89ab][^%]*$/.test(checked.address)) return checked;
  const message = `a link-local address has a zone, as in ${checked.address}%eth0`;
  throw dillError("EINVAL", syscall, { address: endpointOf(checked), message });
}

export function checkPort(port: number, syscall: string): void {
  if (isPort(port)) return;
  const message = `a port is a whole number from 0 to 65535, not ${textOf(port)}`;
  throw dillError("EINVAL", syscall, message);
}

function isPort(port: unknown): port is number {
  return typeof port === "number" && Number.isInteger(port) && port >= 0 && port <= 65535;
}
