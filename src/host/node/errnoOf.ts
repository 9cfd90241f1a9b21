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
  return failureNamed(codeOf(cause), cause);
}

export function failureNamed(name: string, cause?: unknown): Failure {
  return { code: isErrnoCode(name) ? name : (translations[name] ?? "EIO"), cause };
}

export function codeOf(cause: unknown): string {
  return inspectSafely(
    () => (cause instanceof Error && "code" in cause ? String(cause.code) : ""),
    "",
  );
}
