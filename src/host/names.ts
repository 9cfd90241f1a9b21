// Names of hosts and of network interfaces as the house sees them.
import type { Failure } from "./sockets.js";

export interface Names {
  /** Asks for a name's addresses. The function returned gives up; no event is reported afterwards. */
  lookup(question: Question, events: LookupEvents): () => void;
  /** The addresses of this machine. Throws what the system throws. */
  interfaces(): readonly InterfaceAddress[];
}

export interface Question {
  readonly name: string;
  readonly family: "ipv4" | "ipv6";
  /** Whom to ask; if nobody is given, the system. */
  readonly resolver: NameResolver | undefined;
}

export interface LookupEvents {
  /** Texts of addresses; none if there is no such name, or if it has no address of the family. */
  found(addresses: readonly string[]): void;
  failed(failure: Failure): void;
}

/** What answers in place of the system: a `Resolver` of `node:dns`. */
export interface NameResolver {
  /** Asks for the IPv4 addresses of a name. */
  resolve4(name: string, callback: NameCallback): void;
  /** Asks for the IPv6 addresses of a name. */
  resolve6(name: string, callback: NameCallback): void;
  /** Gives up all of its questions. */
  cancel(): void;
}

type NameCallback = (error: Error | null, addresses: string[]) => void;

export interface InterfaceAddress {
  /** The interface: `"eth0"`. */
  readonly name: string;
  readonly family: "ipv4" | "ipv6";
  readonly address: string;
  /** The number of its zone; 0 if it has none. */
  readonly scope: number;
}
