import { type DillError, dillError } from "../errors/index.js";
import type { Failure } from "../host/index.js";

/** The failure as the error of an operation. */
export function failureError(
  { code, cause, message }: Failure,
  syscall: string,
  address?: string,
  otherwise?: string,
): DillError {
  return dillError(code, syscall, { address, cause, message: message ?? otherwise });
}
