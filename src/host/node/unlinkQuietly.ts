// Removing files that may have gone already, or that can't be reached any more. No caller could do anything about
// that. Unlike Node's rmSync, these functions need no descriptor, so they also work when none is left.
import { fs } from "./builtin.js";

export function removeFile(path: Buffer | string): void {
  try {
    fs().unlinkSync(path);
  } catch {
    // There is nothing left to do.
  }
}

/** The directory must be empty. */
export function removeFolder(path: string): void {
  try {
    fs().rmdirSync(path);
  } catch {
    // There is nothing left to do.
  }
}
