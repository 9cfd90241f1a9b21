import type { Handle } from "./handle.js";
import { closeHandle, isOpen, resourceOf } from "./table.js";

/** A handle that closes at the end of its block. It can be used wherever the handle itself can. */
export type Owned<H extends Handle> = H & { readonly handle: H } & Disposable & AsyncDisposable;

/**
 * Binds a handle to a block: `using s = owned(h);` closes it when the block ends, however it ends.
 *
 * What it returns stands for the handle in every function of this library. If the handle is closed
 * before the block ends, there is nothing left to do. A block that fails while a handle fails to close
 * throws a `SuppressedError` of both. `await using` does the same in async code. Never blocks.
 *
 * @param h - The handle.
 * @returns The handle, disposable.
 * @throws {@link DillError}
 * - `EBADF`: the handle is not open.
 * @example A socket that cannot be forgotten
 * ```ts
 * using s = owned(yield* ipcConnect("/tmp/greet.ipc", -1));
 * yield* bsend(s, Buffer.from("world"), -1);
 * ```
 * Source: the explicit resource management proposal, https://github.com/tc39/proposal-explicit-resource-management
 */
export function owned<H extends Handle>(h: H): Owned<H> {
  resourceOf(h, "owned");
  const box = {
    handle: h,
    [Symbol.dispose](): void {
      if (isOpen(h)) closeHandle(h, "hclose");
    },
    async [Symbol.asyncDispose](): Promise<void> {
      box[Symbol.dispose]();
    },
  };
  // A boxed number, which the table looks into: it can carry a method, and is still the handle.
  return Object.assign(Object(h) as H, box);
}
