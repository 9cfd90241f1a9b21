// How long messages may be.
import { dillError, type Options, textOf } from "../errors/index.js";

/** Of a delimiter or a terminator, as in libdill. */
export const longestMark = 32;

/** What a Buffer can hold in each version of Node that the package runs on. */
const longestMessage = 2 ** 32;

/** The longest message that is received. */
export function readMaxSize(
  options: Options<{ readonly maxSize?: number | undefined }>,
  usual: number,
): number {
  return options.count("maxSize", usual, 0, longestMessage, "a number of bytes");
}

/** A message is longer than this socket takes. Said of a receive. */
export function sizeError(length: bigint | number | undefined, maxSize: number): Error {
  const what = length === undefined ? "a message" : `a message of ${length} bytes`;
  const message = `the peer sends ${what}, and at most ${maxSize} are taken: see maxSize`;
  return dillError("EMSGSIZE", "mrecv", { message });
}

/** A copy of the bytes that end something, which must be so many; text stands for its bytes in UTF-8. */
export function markOf(
  given: unknown,
  least: number,
  most: number,
  what: string,
  syscall: string,
): Buffer {
  const bytes = copyOf(given);
  if (bytes !== undefined && bytes.length >= least && bytes.length <= most) return bytes;
  const found = bytes === undefined ? textOf(given) : `${bytes.length}`;
  const message = `a ${what} has from ${least} to ${most} bytes, not ${found}`;
  throw dillError("EINVAL", syscall, { message });
}

function copyOf(given: unknown): Buffer | undefined {
  if (typeof given === "string") return Buffer.from(given);
  return given instanceof Uint8Array ? Buffer.from(given) : undefined;
}

export function lengthOf(list: readonly Uint8Array[]): number {
  return list.reduce((sum, bytes) => sum + bytes.length, 0);
}
