// Removing what starts have left behind that were killed in the middle: private folders that are empty, or hold
// nothing but sockets on which nobody listens.
//
// For a moment the folder of a start under way looks the same, namely before its socket listens. So a folder is
// left alone until it is older than that moment can last.
import { fs, paths } from "./builtin.js";
import { probeAll } from "./probe.js";
import { otherStarts } from "./startFolders.js";
import { clearTimeout, setTimeout } from "./timers.js";
import { removeFile, removeFolder } from "./unlinkQuietly.js";

/** How long a start may take, in milliseconds, from making its folder until its socket listens. */
const maxStart = 500;

interface Folder {
  /** Its true path, because a relative one may lead elsewhere by the time it is removed. */
  readonly path: string;
  readonly identity: string;
  /** In milliseconds, when they were found. */
  readonly age: number;
}

export class Leftovers {
  readonly #folders: readonly Folder[];
  #isStopped = false;
  #timer: NodeJS.Timeout | undefined;
  #stopProbing = (): void => {};

  /** Finds them beside a socket that has just been made in a folder of its own. */
  constructor(target: string, own: string) {
    this.#folders = find(target, own);
  }

  /** Removes those that are old enough, then calls `done`. Those that are not are removed later. */
  remove(done: () => void): void {
    const [old, young] = [this.#older(maxStart), this.#folders.length];
    if (old.length < young) {
      this.#timer = setTimeout(() => this.#removeAll(this.#folders, () => {}), maxStart).unref();
    }
    this.#removeAll(old, done);
  }

  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    this.#stopProbing();
  }

  #older(age: number): Folder[] {
    return this.#folders.filter((folder) => folder.age > age);
  }

  /** One after the other: so few descriptors are in use at once. */
  #removeAll(folders: readonly Folder[], done: () => void): void {
    const [folder, ...rest] = folders;
    if (folder === undefined) {
      done();
      return;
    }
    const sockets = socketsIn(folder);
    if (sockets === undefined) {
      this.#removeAll(rest, done);
      return;
    }
    this.#stopProbing = probeAll(sockets, (listening) => {
      if (this.#isStopped) return;
      if (listening.length === 0 && socketsIn(folder)?.length === sockets.length) {
        for (const path of sockets) removeFile(path);
        removeFolder(folder.path);
      }
      this.#removeAll(rest, done);
    });
  }
}

/** Only our own, and only where nobody else could put another folder in the place of one that was checked. */
function find(target: string, own: string): Folder[] {
  try {
    const directory = paths().dirname(target);
    const others = otherStarts(target, paths().basename(paths().dirname(own))).filter(
      ({ stat }) => Number(stat.uid) === process.geteuid?.(),
    );
    if (others.length === 0 || !isSafe(fs().statSync(directory).mode)) return [];
    const place = fs().realpathSync.native(directory);
    const now = fs().lstatSync(own, { bigint: true }).mtimeNs;
    return others.map(({ name, stat }) => ({
      path: `${place}/${name}`,
      identity: `${stat.dev}:${stat.ino}:${stat.mtimeNs}`,
      age: Number(now - stat.mtimeNs) / 1e6,
    }));
  } catch {
    return []; // not worth failing for
  }
}

function isSafe(mode: number): boolean {
  const isSticky = (mode & 0o1000) !== 0;
  return isSticky || (mode & 0o002) === 0;
}

/** The sockets in the folder; undefined if it has changed since it was found, or holds anything else. */
function socketsIn({ path, identity }: Folder): string[] | undefined {
  try {
    const stat = fs().lstatSync(path, { bigint: true });
    if (`${stat.dev}:${stat.ino}:${stat.mtimeNs}` !== identity) return undefined;
    const sockets = fs()
      .readdirSync(path)
      .map((name) => `${path}/${name}`);
    return sockets.every((socket) => fs().lstatSync(socket).isSocket()) ? sockets : undefined;
  } catch {
    return undefined;
  }
}
