// Paths that fit the kernel's address structure.
//
// bind(2) and connect(2) take 107 bytes; what is longer Node cuts, or refuses. But Linux shows every
// descriptor of a process as a link in /proc: through the one that stands for a file or its directory, any
// path that can be opened can be reached.
import { closeSync, existsSync, openSync } from "node:fs";

const links = "/proc/self/fd";
const isLinux = process.platform === "linux";
const hasLinks = isLinux && existsSync(links);
const longestAddress = isLinux ? 107 : 103;

/** How many bytes a path may have: PATH_MAX without its NUL where there are links. */
export const longestPath: number = hasLinks ? 4095 : longestAddress;

/** The descriptor only stands for a place: it asks for no permission but to search the directories. */
const O_PATH = 0o10000000;

export function fitsAddress(path: string): boolean {
  return Buffer.byteLength(path) <= longestAddress;
}

/** Another name for a file or a directory, short however long its path is. */
export interface Alias {
  readonly path: string;
  close(): void;
}

/** None where there are no links. Throws what open(2) finds wrong with the path. */
export function aliasOf(path: string): Alias | undefined {
  if (!hasLinks) return undefined;
  const fd = openSync(path, O_PATH);
  return { path: `${links}/${fd}`, close: () => closeSync(fd) };
}
