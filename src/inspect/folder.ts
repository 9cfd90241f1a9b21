// Where the private sockets are: one folder for each user, which nobody else may enter.
import { lstatSync, mkdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** The form of what is told through the sockets. */
export const format = 1;

/** The folder of the user whose process this is. It may not be there yet. */
export function socketFolder(): string {
  const runtime = process.env["XDG_RUNTIME_DIR"];
  return runtime !== undefined && runtime !== ""
    ? join(runtime, "libdill-ts")
    : join(tmpdir(), `libdill-ts-${ownUid()}`);
}

/** The socket of a thread; 0 is the main one. */
export function socketPath(pid: number, thread: number): string {
  return join(socketFolder(), thread === 0 ? `${pid}.sock` : `${pid}-${thread}.sock`);
}

/** The path of a socket that is to be opened. Throws if the system would cut it off. */
export function checkLength(path: string): void {
  if (Buffer.byteLength(path) <= longestPath) return;
  throw new Error(
    `${path} is longer than the path of a socket may be: set XDG_RUNTIME_DIR to a folder with a shorter name`,
  );
}

/** In bytes, on all systems. */
const longestPath = 103;

/** Makes the folder, if it is not there. Throws if it is not ours alone: somebody else may have made it. */
export function makeFolder(): void {
  const folder = socketFolder();
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  checkFolder(folder);
}

/** Throws if others could have put something into the folder, or could connect to what is in it. */
export function checkFolder(folder: string): void {
  const found = lstatSync(folder);
  const why = !found.isDirectory()
    ? "is a link, or no folder"
    : found.uid !== ownUid()
      ? "belongs to another user"
      : (found.mode & 0o077) !== 0
        ? "can be entered by other users"
        : undefined;
  if (why === undefined) return;
  throw new Error(`${folder} ${why}: remove it, or set XDG_RUNTIME_DIR to a folder of your own`);
}

function ownUid(): number {
  return process.getuid?.() ?? 0;
}
