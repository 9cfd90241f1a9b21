// Node's errors as codes of ours.
import { type ErrnoCode, inspectSafely, isErrnoCode } from "../../errors/index.js";
import type { Failure } from "../sockets.js";
import { os } from "./builtin.js";

/** Codes of the kernel that callers of ours need not know. */
const translations: Readonly<Record<string, ErrnoCode>> = {
  EEXIST: "EBUSY", // Node uses the descriptor already
  ENOBUFS: "ENOMEM",
  EPERM: "EACCES",
  EPROTOTYPE: "ECONNREFUSED", // the listener is not one for streams
  ETOOMANYREFS: "EMFILE", // as many descriptors are on their way as the process may have open
  ERR_STREAM_DESTROYED: "ECONNRESET",
};

export function failureOf(cause: unknown): Failure {
  return failureNamed(codeOf(cause), cause);
}

export function failureNamed(name: string, cause?: unknown): Failure {
  return { code: isErrnoCode(name) ? name : (translations[name] ?? "EIO"), cause };
}

/** For a call of C's, which leaves a number. */
export function failureOfNumber(errno: number, syscall: string): Failure {
  const { errno: numbers } = os().constants;
  const code = Object.entries(numbers).find(([, number]) => number === errno)?.[0] ?? `${errno}`;
  return failureOf(
    Object.assign(new Error(`${code}, ${syscall}`), { code, errno: -errno, syscall }),
  );
}

/**
 * What has gone wrong in the middle is no end. To a sender, a peer that has gone is ECONNRESET; EPIPE would say that this side
 * has ended its own direction, and to a receiver, that the peer has.
 */
export function brokenBy(cause: unknown): Failure {
  const failure = failureOf(cause);
  const isGone = failure.code === "EPIPE" || codeOf(cause) === "ENOTCONN";
  return isGone ? { code: "ECONNRESET", cause } : failure;
}

export function codeOf(cause: unknown): string {
  return inspectSafely(
    () => (cause instanceof Error && "code" in cause ? String(cause.code) : ""),
    "",
  );
}
