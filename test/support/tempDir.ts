// Fresh directories for socket files. Their names are short, because a socket's path has to be.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const folders: string[] = [];

/** A new empty directory, which is removed after the test. */
export function tempDir(): string {
  const folder = mkdtempSync(join(tmpdir(), "t-"));
  folders.push(folder);
  return folder;
}

/** A path for a socket file in a new directory, where nothing is yet. */
export function socketPath(): string {
  return join(tempDir(), "s");
}

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});
