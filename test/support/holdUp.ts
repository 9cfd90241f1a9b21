import { existsSync } from "node:fs";
import { type Coroutine, now } from "libdill-ts";

/**
 * Keeps the thread busy for so long that coroutines have to wait for the process's I/O: what happens
 * outside meanwhile has been reported to them when this returns, and they have not run yet.
 */
export function* holdUpTheProcess(): Coroutine {
  for (let round = 0; round < 2; round++) {
    const end = now() + 8;
    while (now() < end); // busy on purpose
    yield;
  }
}

/** Keeps the thread busy until another process has made the file. */
export function holdUpUntilThereIs(path: string): void {
  const end = now() + 4000;
  while (!existsSync(path)) if (now() > end) throw new Error(`nobody made ${path}`);
}
