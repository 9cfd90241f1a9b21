// Readers: what takes messages out of a bytestream, however its bytes come.
import type { ByteQueue } from "./byteQueue.js";

/** Takes one message after the other out of a bytestream. */
export interface Reader<T> {
  /**
   * The next message, out of the bytes that have come; undefined: more is needed. What it only looks at must be less
   * than 64 KiB, because no more waits in a socket. What it throws breaks the direction, and comes to the receiver: an
   * EPROTO or EMSGSIZE made with `dillError`, which the receiver gets as an error of the function that it has called.
   */
  read(bytes: ByteQueue): T | undefined;
  /** How many bytes are missing at least, from 1 up. */
  readonly missing: number;
  /**
   * Whether `read` has stopped in the middle of what has come, so that the process has its turn: then it is called again. For a
   * reader whose messages may have very many parts.
   */
  readonly givesWay?: boolean;
  /** Whether no message has been begun, so that the bytestream may end here. If not, its end is ECONNRESET. */
  readonly isBetween: boolean;
  /** What that ECONNRESET says, in place of the usual words. */
  readonly tornMessage?: string | undefined;
  /** The bytes that were taken for a message which is not complete. The reader is as new then. */
  giveBack(): Uint8Array | undefined;
  /** The message has found no taker: the next `read` is to return it again. */
  putBack?(message: T): void;
}

/** For an end that comes where none may. */
export const endedInside = "the connection ended in the middle of a message";
