import type { Handle } from "./handle.js";
import { closeHandle } from "./table.js";

/**
 * Closes a handle and whatever it stands for, at once.
 *
 * Closing a bundle cancels its coroutines: when `hclose` returns, each of them has finished. A
 * coroutine that is blocked gets `ECANCELED` from its operation, one that already has its result gets
 * that first, and from then on no operation in it can wait. Closing a socket drops what was not sent
 * yet. A coroutine blocked on the handle itself wakes with `EBADF`; on a channel, when both its ends
 * are closed, with `EPIPE`. Unlike libdill, no other coroutine runs meanwhile. Never blocks.
 *
 * @param h - The handle.
 * @throws {@link DillError}
 * - `EBADF`: the handle is not open.
 * - `EDEADLK`: a bundle is closed from inside: by one of its own coroutines, or by one that such a
 *   coroutine waits for on the stack. Nothing has changed.
 *
 * Besides, the error that escaped a coroutine of the bundle, or an `AggregateError` of several.
 * @see hclose(3), https://libdill.org/hclose.html
 */
export function hclose(h: Handle): void {
  closeHandle(h, "hclose");
}
