// What Node itself can't do with descriptors, and calls into the system's library can. Nothing here waits.
import type { Failure } from "../sockets.js";

/** Who was at the other end of a local socket when the two were connected. */
export interface PeerCredentials {
  readonly pid: number;
  readonly uid: number;
  readonly gid: number;
}

export interface Credentials {
  /** Why nobody can be asked; undefined if the system can be. */
  lack(): Failure | undefined;
  peerOf(fd: number): PeerCredentials | Failure;
}

export type Readiness = "in" | "out";

/** Looks at a descriptor, by a duplicate of its own. It reports nothing before `start`, and nothing after `stop`. */
export interface Watch {
  /** The duplicate. */
  readonly fd: number;
  /** Whether it is ready now. What has failed or hung up is. */
  isReady(): boolean;
  start(): void;
  stop(): void;
  /** While it is started and refd, as it is at first, it keeps the process alive. */
  ref(): void;
  unref(): void;
  /** Closes the duplicate before it returns. */
  close(): void;
}

/** What one read has brought. */
export interface Arrival {
  /** The bytes are the first `length` of the buffer; 0: the end. The next read overwrites them. */
  readonly buffer: Buffer;
  readonly length: number;
  /** They came with the last of the bytes, and nothing that came after has been read. */
  readonly descriptors: readonly number[];
  /** Whether the system had to drop descriptors. */
  readonly isCut: boolean;
}

export interface Descriptors {
  /** `ready` is called again and again as long as the descriptor is ready. */
  watch(fd: number, readiness: Readiness, ready: () => void): Watch | Failure;
  /** Sends one byte, and a duplicate of the descriptor with it. */
  send(socket: number, byte: number, fd: number): "sent" | "full" | Failure;
  read(socket: number): Arrival | "empty" | Failure;
  close(fd: number): void;
}
