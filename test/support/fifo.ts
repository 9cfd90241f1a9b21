// A named pipe, both of whose ends are one descriptor.
import { execFileSync } from "node:child_process";
import { constants, openSync, readSync, writeSync } from "node:fs";
import { join } from "node:path";
import { tempDir } from "./tempDir.js";

/** A descriptor of a new one. Nothing that is done with it waits. */
export function openFifo(): number {
  const path = join(tempDir(), "fifo");
  execFileSync("mkfifo", [path]);
  return openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
}

/** Writes until no more fits. */
export function fill(fd: number): void {
  for (const size of [4096, 1]) while (writes(fd, Buffer.alloc(size)));
}

function writes(fd: number, bytes: Buffer): boolean {
  try {
    return writeSync(fd, bytes) > 0;
  } catch {
    return false;
  }
}

/** Reads all that is there. */
export function empty(fd: number): void {
  const bytes = Buffer.alloc(65536);
  try {
    while (readSync(fd, bytes) > 0);
  } catch {
    // nothing is left
  }
}
