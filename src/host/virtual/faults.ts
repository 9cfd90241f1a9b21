// What can go wrong on the way between two sockets.
import type { ErrnoCode } from "../../errors/index.js";

/** A connection that is being made. */
export interface Connecting {
  readonly protocol: "ipc" | "tcp" | "udp";
  /** The path of the socket file, or address and port: `"127.0.0.1:80"`. A pair has none: `""`. */
  readonly address: string;
  /** How many connections were made to that address before. */
  readonly earlier: number;
}

/** What a connection is like. Without any of these it is a kind one: nothing takes time, and nothing is lost. */
export interface LinkFaults {
  /** How long bytes are on their way, in milliseconds. */
  readonly latency?: number | undefined;
  /** How many bytes get through in a millisecond. */
  readonly rate?: number | undefined;
  /** How many bytes the kernel takes before a send has to wait: 212,992 if nothing else is said, as on Linux. */
  readonly buffer?: number | undefined;
  /** Whether a receive may end anywhere, and not only where a send did. */
  readonly split?: boolean | undefined;
  /** After so many bytes, of both directions together, both ends get `ECONNRESET`. */
  readonly resetAfter?: number | undefined;
  /** The connect fails with that. */
  readonly refuse?: RefusalCode | undefined;
  /** Of a datagram: it is lost. */
  readonly lose?: boolean | undefined;
  /** Of a datagram: it arrives twice. */
  readonly duplicate?: boolean | undefined;
}

type RefusalCode = Extract<
  ErrnoCode,
  "ECONNREFUSED" | "ENOENT" | "EAGAIN" | "EACCES" | "ENOMEM" | "ETIMEDOUT" | "EHOSTUNREACH"
>;

/** The codes that a connect may be made to fail with. */
export const refusals: Readonly<Record<RefusalCode, true>> = {
  ECONNREFUSED: true,
  ENOENT: true,
  EAGAIN: true,
  EACCES: true,
  ENOMEM: true,
  ETIMEDOUT: true,
  EHOSTUNREACH: true,
};

/** As of Linux. */
export const usualBuffer = 212_992;
