// Removing what may be gone already, or out of our reach: nobody could do anything about it. They need no
// descriptor, unlike Node's rmSync, so that they also work when none is left.
import { rmdirSync, unlinkSync } from "node:fs";

export function removeFile(path: Buffer | string): void {
  try {
    unlinkSync(path);
  } catch {
    // There is nothing left to do.
  }
}

/** The directory must be empty. */
export function removeFolder(path: string): void {
  try {
    rmdirSync(path);
  } catch {
    // There is nothing left to do.
  }
}
