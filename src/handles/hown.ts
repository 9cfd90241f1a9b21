import type { Handle } from "./handle.js";
import { isShuttingDown, shutDownError } from "./current.js";
import { closeHandle, renumber, resourceOf } from "./table.js";

/**
 * Takes the resource over: it gets a new handle, and the old one is no longer valid.
 *
 * For functions that are handed a handle and must be sure that nobody else goes on using it. When it
 * fails, the resource is closed. Never blocks.
 *
 * @param h - The handle to take over.
 * @returns The new handle of the same resource.
 * @throws {@link DillError}
 * - `EBADF`: the handle is not open, or is being closed; nothing has changed.
 * - `ECANCELED`: the coroutine is being canceled, or a handle's `close` is running; `h` is closed.
 * @see hown(3), https://libdill.org/hown.html
 */
export function hown<H extends Handle>(h: H): H {
  return takeOver(h, "hown");
}

/** As {@link hown}, on behalf of another function. */
export function takeOver<H extends Handle>(h: H, syscall: string): H {
  resourceOf(h, syscall);
  if (isShuttingDown()) {
    closeHandle(h, syscall);
    throw shutDownError(syscall);
  }
  return renumber(h, syscall) as H;
}
