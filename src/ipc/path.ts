// What a socket path may be, in bytes. Nothing is ever cut short: Node cuts long paths, and paths with a
// NUL in them, and then reaches another file.
import { dillError, type ErrnoCode } from "../errors/index.js";
import { sockets } from "../host/index.js";

/** The path, or `EINVAL`, `ENOENT` or `ENAMETOOLONG`. */
export function checkPath(addr: unknown, syscall: string): string {
  if (typeof addr !== "string") {
    throw dillError("EINVAL", syscall, `a path is a string, not ${typeof addr}`);
  }
  if (addr === "") fail("ENOENT", "the path is empty");
  if (addr.startsWith("\0")) {
    fail("EINVAL", "abstract addresses are not supported: Node versions disagree on them");
  }
  if (addr.includes("\0")) fail("EINVAL", "the path has a NUL in it");
  const { longestPath } = sockets();
  const bytes = Buffer.from(addr);
  // A surrogate alone has no bytes in UTF-8: Node puts U+FFFD in its place.
  if (bytes.toString() !== addr) fail("EINVAL", "the path has half a character in it");
  if (bytes.length > longestPath)
    fail("ENAMETOOLONG", `path is ${bytes.length} bytes, at most ${longestPath} fit`);
  return addr;

  function fail(code: ErrnoCode, message: string): never {
    throw dillError(code, syscall, { address: String(addr), message });
  }
}

/** What is wrong with a path whose names the file system finds too long. */
export function longName(addr: string): string | undefined {
  const lengths = addr.split("/").map((name) => Buffer.byteLength(name));
  const longest = Math.max(...lengths);
  return longest > NAME_MAX
    ? `a name in the path is ${longest} bytes, at most ${NAME_MAX} fit`
    : undefined;
}

const NAME_MAX = 255;
