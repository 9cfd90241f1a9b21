// The file of a listener: made out of sight, then linked into place.
//
//   /run/.greet.ipc-x7Kq2a/greet.ipc    bound, listening, its mode set
//   /run/greet.ipc                      the same file, by link(2), which fails where a file is already
//
// Node binds and listens in one call. A socket made under its own name would let in everyone the umask allows until
// its mode is set. The umask belongs to all threads, so changing it for a moment would give files that others make
// just then the wrong mode. In a directory that only we can enter nobody sees the socket too early. And that
// directory has a name short enough for the kernel, however long the path is.
//
// libuv removes the file by the name it was bound to, which has gone by then. So it can't remove a successor's file.
import { fs, paths } from "./builtin.js";
import { cleanAtExit } from "./cleanAtExit.js";
import type { Failure } from "../sockets.js";
import { codeOf, failureOf } from "./errnoOf.js";
import { type Alias, aliasOf, fitsAddress } from "./socketAddress.js";
import { folderPrefix, shortFolderPrefix } from "./startFolders.js";
import { removeFile, removeFolder } from "./unlinkQuietly.js";

export class SocketFile {
  /** What to bind to. */
  readonly address: string;
  /** Where the file goes, by a path as short as possible. */
  readonly target: string;
  /** Where the file may be when it is removed: its true place first, then the path as it was given. */
  readonly #places: readonly (Buffer | string)[];
  readonly #folder: string;
  readonly #alias: Alias | undefined;
  #identity: string | undefined;
  readonly #forget: () => void;
  #isTidy = false;

  private constructor(
    path: string,
    directory: string,
    folder: string,
    name: string,
    alias?: Alias,
  ) {
    this.address = `${folder}/${name}`;
    this.target = `${directory}/${paths().basename(path)}`;
    this.#places = [...truePlaceOf(this.target), path];
    this.#folder = folder;
    this.#alias = alias;
    this.#forget = cleanAtExit(() => this.tidy());
  }

  /** Makes the directory that only we can enter. */
  static prepare(path: string, mayExist: boolean): SocketFile | Failure {
    try {
      const isThere = exists(path);
      if (isThere && !mayExist) return { code: "EADDRINUSE" };
      if (!isThere && path.endsWith("/")) return { code: "ENOENT" };
      const directory = paths().dirname(path);
      const name = paths().basename(path);
      const prefix = `${directory}/${folderPrefix(name)}`;
      const fits = fitsAddress(`${prefix}XXXXXX/${name}`);
      // Taking over takes a while, and the process may change its directory meanwhile.
      const mustLast = isThere && !paths().isAbsolute(path);
      const alias = mustLast || !fits ? aliasOf(directory) : undefined;
      if (alias !== undefined) return SocketFile.#prepareByAlias(path, alias);
      if (fits) return new SocketFile(path, directory, fs().mkdtempSync(prefix), name);
      return {
        code: "ENAMETOOLONG",
        message: "there is no room for the name of a directory in it",
      };
    } catch (error) {
      return failureOf(error);
    }
  }

  static #prepareByAlias(path: string, alias: Alias): SocketFile {
    try {
      // The name is unique: when libuv removes the file by it, the alias may stand for another directory.
      // The global loads node:crypto when it is first used; an import would cost every start 2.5 ms.
      const name = globalThis.crypto.randomUUID();
      const prefix = `${alias.path}/${folderPrefix(paths().basename(path))}`;
      const fits = fitsAddress(`${prefix}XXXXXX/${name}`);
      const short = `${alias.path}/${shortFolderPrefix(paths().basename(path))}`;
      const folder = fs().mkdtempSync(fits ? prefix : short);
      return new SocketFile(path, alias.path, folder, name, alias);
    } catch (error) {
      alias.close();
      throw error;
    }
  }

  /** Sets the mode of the file, once it has been bound. */
  bound(mode: number): void {
    fs().chmodSync(this.address, mode);
    this.#identity = identify(this.address);
  }

  /** Gives the file its name. False if there is a file of that name already. */
  link(): boolean {
    try {
      fs().linkSync(this.address, this.target);
    } catch (error) {
      if (codeOf(error) === "EEXIST") return false;
      throw error;
    }
    return true;
  }

  /** Removes what was needed to make the file. */
  tidy(): void {
    if (this.#isTidy) return;
    this.#isTidy = true;
    this.#forget();
    removeFile(this.address);
    removeFolder(this.#folder);
    this.#alias?.close();
  }

  /** Removes the file, unless another file has taken its place. */
  remove(): void {
    this.tidy();
    const place = this.#places.find((candidate) => this.#isAt(candidate));
    if (place !== undefined) removeFile(place);
  }

  #isAt(place: Buffer | string): boolean {
    try {
      return this.#identity !== undefined && identify(place) === this.#identity;
    } catch {
      return false; // the place can't be reached any more
    }
  }
}

/**
 * The path without links, dots and the working directory, all of which may lead elsewhere later. In bytes, because
 * the name of a directory need not be UTF-8. Empty if the path is longer than the system allows.
 */
function truePlaceOf(path: string): Buffer[] {
  try {
    const directory = fs().realpathSync.native(paths().dirname(path), "buffer");
    return [Buffer.concat([directory, Buffer.from(`/${paths().basename(path)}`)])];
  } catch {
    return [];
  }
}

function exists(path: string): boolean {
  try {
    fs().lstatSync(path);
    return true;
  } catch (error) {
    if (codeOf(error) !== "ENOENT") throw error;
    return false;
  }
}

/** Tells files of one name apart. As long as we listen, the number of our file is not used again. */
function identify(path: Buffer | string): string | undefined {
  const stat = fs().lstatSync(path, { bigint: true, throwIfNoEntry: false });
  return stat && `${stat.dev}:${stat.ino}`;
}
