// What a socket path may be, in bytes. Nothing is ever cut short: Node cuts long paths, and paths with a
// NUL in them, and then reaches another file.
import { type ErrnoCode, dillError } from "../errors/index.js";

/** What the kernel's address structure holds besides its final NUL; the smaller one is everywhere but Linux. */
const longestPath = 107;
const longestName = 255;

/** The path, or `EINVAL`, `ENOENT` or `ENAMETOOLONG`. */
export function checkPath(addr: unknown, syscall: string): string {
  if (typeof addr !== "string") {
    throw dillError("EINVAL", syscall, { message: `a path is a string, not ${typeof addr}` });
  }
  if (addr === "") fail("ENOENT", "the path is empty");
  if (addr.startsWith("\0")) {
    fail("EINVAL", "abstract addresses are not supported: Node versions disagree on them");
  }
  if (addr.includes("\0")) fail("EINVAL", "the path has a NUL in it");
  for (const name of addr.split("/")) {
    const bytes = Buffer.byteLength(name);
    if (bytes > longestName) {
      fail("ENAMETOOLONG", `a name in the path is ${bytes} bytes, at most ${longestName} fit`);
    }
  }
  const bytes = Buffer.byteLength(addr);
  if (bytes > longestPath) {
    fail("ENAMETOOLONG", `path is ${bytes} bytes, at most ${longestPath} fit`);
  }
  return addr;

  function fail(code: ErrnoCode, message: string): never {
    throw dillError(code, syscall, { address: String(addr), message });
  }
}
