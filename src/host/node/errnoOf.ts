// Node's errors in our words.
import { type ErrnoCode, isErrnoCode } from "../../errors/index.js";
import type { Failure } from "../sockets.js";

/** What the kernel says in words that no caller of ours has to know. */
const translations: Readonly<Record<string, ErrnoCode>> = {
  EEXIST: "EBUSY", // Node has the descriptor already
  ENOBUFS: "ENOMEM",
  EPERM: "EACCES",
  EPROTOTYPE: "ECONNREFUSED", // somebody listens, but not for streams
};

export function failureOf(cause: unknown): Failure {
  const code = codeOf(cause);
  if (isErrnoCode(code)) return { code, cause };
  return { code: translations[code] ?? "EIO", cause };
}

export function codeOf(cause: unknown): string {
  return cause instanceof Error && "code" in cause ? String(cause.code) : "";
}
