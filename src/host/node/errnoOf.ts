// Node's errors as codes of ours.
import { type ErrnoCode, inspectSafely, isErrnoCode } from "../../errors/index.js";
import type { Failure } from "../sockets.js";

/** Codes of the kernel that callers of ours need not know. */
const translations: Readonly<Record<string, ErrnoCode>> = {
  EEXIST: "EBUSY", // Node uses the descriptor already
  ENOBUFS: "ENOMEM",
  EPERM: "EACCES",
  EPROTOTYPE: "ECONNREFUSED", // the listener is not one for streams
  ERR_STREAM_DESTROYED: "ECONNRESET",
};

export function failureOf(cause: unknown): Failure {
  const code = codeOf(cause);
  if (isErrnoCode(code)) return { code, cause };
  return { code: translations[code] ?? "EIO", cause };
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
