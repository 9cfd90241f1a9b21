// The file of a listener: made out of sight, then linked into place.
//
//   /run/.greet.ipc-x7Kq2a/greet.ipc    bound, listening, its mode set
//   /run/greet.ipc                      the same file, by link(2), which fails where a file is already
//
// Node binds and listens in one call, so that a socket made under its own name would let in whoever the umask
// does until its mode is set; and the umask is every thread's, so that changing it for a moment would give
// files that others make just then the wrong mode. In a directory that only we can enter nobody sees it.
// And there is a name short enough for the kernel however long the path is.
//
// libuv removes by the name it was bound to, which is gone by then. So it can't remove a successor's file.
import { randomUUID } from "node:crypto";
import { chmodSync, linkSync, lstatSync, mkdtempSync, realpathSync } from "node:fs";
import { basename, dirname, isAbsolute } from "node:path";
import type { Failure } from "../host.js";
import { codeOf, failureOf } from "./errnoOf.js";
import { removeFile, removeFolder } from "./unlinkQuietly.js";
import { type Alias, aliasOf, fitsAddress } from "./socketAddress.js";

export class SocketFile {
  /** What to bind to. */
  readonly address: string;
  /** Where the file is to be, in as few bytes as its name needs. */
  readonly target: string;
  /** Where it may be found when it goes: its true place first, then the way there. */
  readonly #places: readonly (Buffer | string)[];
  readonly #folder: string;
  readonly #alias: Alias | undefined;
  #identity: string | undefined;
  #isTidy = false;

  private constructor(
    path: string,
    directory: string,
    folder: string,
    name: string,
    alias?: Alias,
  ) {
    this.address = `${folder}/${name}`;
    this.target = `${directory}/${basename(path)}`;
    this.#places = [...truePlaceOf(this.target), path];
    this.#folder = folder;
    this.#alias = alias;
  }

  /** Makes the directory that only we can enter. */
  static prepare(path: string, mayExist: boolean): SocketFile | Failure {
    try {
      const isThere = exists(path);
      if (isThere && !mayExist) return { code: "EADDRINUSE" };
      if (!isThere && path.endsWith("/")) return { code: "ENOENT" };
      const directory = dirname(path);
      const name = basename(path);
      const fits = fitsAddress(`${directory}/.${name}-XXXXXX/${name}`);
      // Taking over takes a while, in which the process may go to another directory.
      const mustLast = isThere && !isAbsolute(path);
      const alias = mustLast || !fits ? aliasOf(directory) : undefined;
      if (alias !== undefined) return SocketFile.#prepareByAlias(path, alias);
      if (fits) return new SocketFile(path, directory, mkdtempSync(`${directory}/.${name}-`), name);
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
      // The name is unique, because libuv will remove by it when the alias may stand for another directory.
      const name = randomUUID();
      const prefix = `${alias.path}/.${basename(path)}-`;
      const folder = mkdtempSync(
        fitsAddress(`${prefix}XXXXXX/${name}`) ? prefix : `${alias.path}/.ipc-`,
      );
      return new SocketFile(path, alias.path, folder, name, alias);
    } catch (error) {
      alias.close();
      throw error;
    }
  }

  /** Sets the mode of the file that has been bound. */
  bound(mode: number): void {
    chmodSync(this.address, mode);
    this.#identity = identify(this.address);
  }

  /** Gives the file its name, unless there is a file of that name. */
  link(): boolean {
    try {
      linkSync(this.address, this.target);
    } catch (error) {
      if (codeOf(error) === "EEXIST") return false;
      throw error;
    }
    return true;
  }

  /** Removes what was needed to make it. */
  tidy(): void {
    if (this.#isTidy) return;
    this.#isTidy = true;
    removeFile(this.address);
    removeFolder(this.#folder);
    this.#alias?.close();
  }

  /** Removes the file, unless another one has taken its place. */
  remove(): void {
    this.tidy();
    const place = this.#places.find((candidate) => this.#isAt(candidate));
    if (place !== undefined) removeFile(place);
  }

  #isAt(place: Buffer | string): boolean {
    try {
      return this.#identity !== undefined && identify(place) === this.#identity;
    } catch {
      return false; // out of our reach
    }
  }
}

/**
 * Without links, dots and the working directory, all of which may lead elsewhere later. In bytes, because a
 * directory's name may be no UTF-8. None where it is longer than a path can be.
 */
function truePlaceOf(path: string): Buffer[] {
  try {
    const directory = realpathSync.native(dirname(path), "buffer");
    return [Buffer.concat([directory, Buffer.from(`/${basename(path)}`)])];
  } catch {
    return [];
  }
}

function exists(path: string): boolean {
  try {
    lstatSync(path);
    return true;
  } catch (error) {
    if (codeOf(error) !== "ENOENT") throw error;
    return false;
  }
}

/** Tells a file from another of the same name: while we listen, our file's number is not used again. */
function identify(path: Buffer | string): string | undefined {
  const stat = lstatSync(path, { bigint: true, throwIfNoEntry: false });
  return stat && `${stat.dev}:${stat.ino}`;
}
