// DillError, and the one function that builds it.
import { type ErrnoCode, meaningOf, numberOf } from "./errno.js";

/** What an error tells beyond its code. */
export interface ErrorDetails {
  /** The address the operation was given. */
  readonly address?: string | undefined;
  /** The error of Node's, or of the user's, behind this one. */
  readonly cause?: unknown;
  /** What exactly was wrong and what to write instead; in place of the code's general meaning. */
  readonly message?: string | undefined;
}

/**
 * What every failing function of this library throws, shaped like Node's own system errors.
 *
 * Tell them apart with {@link isErrno}.
 */
export class DillError extends Error {
  /** POSIX error code: `"ETIMEDOUT"`. */
  readonly code: ErrnoCode;
  /** The code's number on this system, negative as in Node: `-110`. */
  readonly errno: number;
  /** The libdill name of the function that failed: `"ipc_connect"`. */
  readonly syscall: string;
  /** The address that was asked for, where there is one. */
  declare readonly address?: string;

  /** @internal */
  constructor(code: ErrnoCode, syscall: string, details: ErrorDetails) {
    const { address, cause, message } = details;
    const where = address === undefined ? syscall : `${syscall} '${address}'`;
    super(`${code}: ${message ?? meaningOf(code)}, ${where}`);
    this.code = code;
    this.errno = numberOf(code);
    this.syscall = syscall;
    if (address !== undefined) this.address = address;
    if (cause !== undefined) this.cause = cause;
  }
}

Object.defineProperty(DillError.prototype, "name", { value: "DillError", configurable: true });

const nothingMore: ErrorDetails = {};

/** An error that a person will debug: with the stack of the coroutine that runs into it. */
export function dillError(
  code: ErrnoCode,
  syscall: string,
  details: ErrorDetails = nothingMore,
): DillError {
  return new DillError(code, syscall, details);
}

/**
 * An error that is control flow: a cancellation, a deadline, the end of a channel. Its stack is not
 * captured, which makes it some twenty times cheaper.
 */
export function signalError(
  code: "ECANCELED" | "EPIPE" | "ETIMEDOUT",
  syscall: string,
  details: ErrorDetails = nothingMore,
): DillError {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  try {
    return new DillError(code, syscall, details);
  } finally {
    Error.stackTraceLimit = limit;
  }
}
