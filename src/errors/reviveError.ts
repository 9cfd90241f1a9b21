import { DillError } from "./dillError.js";
import { isErrnoCode } from "./errno.js";
import { inspectSafely } from "./inspectSafely.js";

/** `ENOENT: no such file or directory, ipc_connect '/tmp/x'` */
const message = /^([A-Z]+): ([^]*), (\w+?)(?: '([^]*)')?$/;

/**
 * The error again, of which a worker or a `structuredClone` has got a copy.
 *
 * A copy has lost its class and, as with Node's own system errors, its code. It keeps the message, and that tells all: the
 * code, the function, the address. Stack and cause are the copy's. Never blocks.
 *
 * @param copy - What has come through a `MessagePort`, or whatever else.
 * @returns The error, for {@link isErrno}; what is no copy of a {@link DillError} as it is.
 * @example
 * ```ts
 * worker.once("message", ({ error }) => {
 *   if (isErrno(reviveError(error), "ENOENT")) startAnother();
 * });
 * ```
 * Source: the structured clone algorithm, https://html.spec.whatwg.org/multipage/structured-data.html
 */
export function reviveError(copy: unknown): unknown {
  return inspectSafely(() => revive(copy), copy);
}

function revive(copy: unknown): unknown {
  if (typeof copy !== "object" || copy === null || copy instanceof DillError) return copy;
  return copy instanceof Error ? fromMessage(copy) : fromFields(copy);
}

function fromMessage(copy: Error): unknown {
  const [, code, meaning, syscall, address] = message.exec(copy.message) ?? [];
  if (!isErrnoCode(code) || syscall === undefined) return copy;
  const { cause, stack } = copy;
  const [first, ...below] = (meaning ?? "").split("\n");
  const lines = below.slice(0, -1);
  const error = new DillError(code, syscall, { address, cause, message: first, lines });
  Object.defineProperty(error, "stack", { value: stack, writable: true, configurable: true });
  return error;
}

/** Of a cancellation, a deadline or an end, which is no native error, the fields have come. */
function fromFields(copy: object): unknown {
  const { code, syscall, address }: { code?: unknown; syscall?: unknown; address?: unknown } = copy;
  if (!isErrnoCode(code) || typeof syscall !== "string") return copy;
  return new DillError(code, syscall, {
    address: typeof address === "string" ? address : undefined,
  });
}
