// The private folders in which listeners are made, as other starts in the same directory see them.
//
//   /run/.greet.ipc-x7Kq2a/      mode 0700, made by mkdtemp; holds the socket until it gets its name
//   /run/.ipc-0b5c9f3e-x7Kq2a/   the same where the name is too long: a hash stands for it
import type { BigIntStats } from "node:fs";
import { fs, paths } from "./builtin.js";

/** A folder of another start of the same name. */
export interface StartFolder {
  readonly name: string;
  readonly path: string;
  readonly stat: BigIntStats;
}

/** For mkdtemp: the folder's name without its six random characters. */
export function folderPrefix(name: string): string {
  return `.${name}-`;
}

export function shortFolderPrefix(name: string): string {
  let hash = 0x811c9dc5; // FNV-1a
  for (const byte of Buffer.from(name)) hash = Math.imul(hash ^ byte, 0x01000193);
  return `.ipc-${(hash >>> 0).toString(16).padStart(8, "0")}-`;
}

/** Only what mkdtemp makes: a directory that its owner alone may enter. Links and files are no folders. */
export function otherStarts(target: string, ownFolder: string): StartFolder[] {
  const directory = paths().dirname(target);
  const name = paths().basename(target);
  const prefixes = [folderPrefix(name), shortFolderPrefix(name)];
  const folders: StartFolder[] = [];
  for (const entry of fs().readdirSync(directory)) {
    const isCandidate =
      entry !== ownFolder &&
      prefixes.some(
        (prefix) => entry.startsWith(prefix) && /^\w{6}$/.test(entry.slice(prefix.length)),
      );
    if (!isCandidate) continue;
    const path = `${directory}/${entry}`;
    const stat = fs().lstatSync(path, { bigint: true, throwIfNoEntry: false });
    if (stat?.isDirectory() === true && (stat.mode & 0o777n) === 0o700n) {
      folders.push({ name: entry, path, stat });
    }
  }
  return folders;
}
