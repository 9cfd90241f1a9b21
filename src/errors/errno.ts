// Every error code the library throws, with its meaning in words. What causes a code in one function
// stands in that function's doc comment; the general meaning stands here, once.
import { systemNumbers } from "./numbers.js";

const meanings = {
  EACCES: "permission denied",
  EADDRINUSE: "address already in use",
  EADDRNOTAVAIL: "address not available",
  EAFNOSUPPORT: "address family not supported",
  EAGAIN: "resource temporarily unavailable",
  EBADF: "bad handle",
  EBUSY: "resource busy",
  ECANCELED: "operation canceled",
  ECONNREFUSED: "connection refused",
  ECONNRESET: "connection reset by peer",
  EDEADLK: "resource deadlock would occur",
  EHOSTUNREACH: "no route to host",
  EINVAL: "invalid argument",
  EIO: "i/o error",
  ELOOP: "too many symbolic links encountered",
  EMFILE: "too many open files in this process",
  EMSGSIZE: "message too long",
  ENAMETOOLONG: "name too long",
  ENETDOWN: "network is down",
  ENETUNREACH: "network is unreachable",
  ENFILE: "too many open files in the system",
  ENODEV: "no such device",
  ENOENT: "no such file or directory",
  ENOMEM: "not enough memory",
  ENOTDIR: "not a directory",
  ENOTSOCK: "not a socket",
  ENOTSUP: "operation not supported on this handle",
  EOPNOTSUPP: "operation not supported by the peer",
  EPIPE: "broken pipe",
  EPROTO: "protocol error",
  EROFS: "read-only file system",
  ETIMEDOUT: "deadline was reached",
} as const;

/** A POSIX error code that this library throws, such as `"ECANCELED"`. */
export type ErrnoCode = keyof typeof meanings;

let numbers: Readonly<Record<string, number>> | undefined;

/** Whether the word is one of our codes. */
export function isErrnoCode(word: unknown): word is ErrnoCode {
  return typeof word === "string" && Object.hasOwn(meanings, word);
}

/** The code's meaning in words. */
export function meaningOf(code: ErrnoCode): string {
  return meanings[code];
}

/** The code's number as Node shows it: negative. */
export function numberOf(code: ErrnoCode): number {
  numbers ??= systemNumbers();
  return -(numbers[code] ?? 0);
}
