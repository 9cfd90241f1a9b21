// Paths that fit the kernel's address structure.
//
// bind(2) and connect(2) take 107 bytes. Node cuts or refuses longer paths. But Linux shows every descriptor of a
// process as a link in /proc. Through the link for a file, or for its directory, a process can reach any path that
// it can open.
import { fs } from "./builtin.js";

const links = "/proc/self/fd";

let areThere: boolean | undefined;

function hasLinks(): boolean {
  areThere ??= isLinux() && fs().existsSync(links);
  return areThere;
}

function isLinux(): boolean {
  return process.platform === "linux";
}

function longestAddress(): number {
  return isLinux() ? 107 : 103;
}

/** The greatest length of a path in bytes. Where there are links it is PATH_MAX without its NUL. */
export function longestPath(): number {
  return hasLinks() ? 4095 : longestAddress();
}

/** The descriptor only names a place. Opening it needs no permission except to search the directories. */
const O_PATH = 0o10000000;

export function fitsAddress(path: string): boolean {
  return Buffer.byteLength(path) <= longestAddress();
}

/** A short name for a file or a directory, however long its path is. */
export interface Alias {
  readonly path: string;
  close(): void;
}

/** Undefined where there are no links. Throws the error of open(2). */
export function aliasOf(path: string): Alias | undefined {
  if (!hasLinks()) return undefined;
  const fd = fs().openSync(path, O_PATH);
  return { path: `${links}/${fd}`, close: () => fs().closeSync(fd) };
}
