import { dillError } from "../errors/index.js";
import { isShuttingDown, makeHandle, shutDownError } from "../handles/index.js";
import { checkGenerator, claim, type Coroutine, currentTask } from "../kernel/index.js";
import type { CoroutineBundle } from "./bundle.js";
import { BundleResource } from "./bundleResource.js";

/**
 * Starts a coroutine in a bundle of its own.
 *
 * It runs at once, up to the first operation that waits, before `go` returns; and it always starts, so
 * that what was handed to it is never dropped. Close the handle when the coroutine is no longer wanted:
 * {@link hclose} cancels it if it still runs. Unlike libdill, where the head of the ready queue runs next,
 * `go` returns when the new coroutine first waits. Never blocks.
 *
 * @param coroutine - The call of a generator function: `go(worker(1, 2))`, not `go(worker)`.
 * @returns Handle of the new bundle, for {@link hclose}, {@link join}, {@link bundleWait}, {@link bundleGo}.
 * @throws {@link DillError}
 * - `EBADF`: the run is ending.
 * - `ECANCELED`: the calling coroutine is being canceled; nothing was started.
 * - `EINVAL`: it is no generator, or one that was started already; or `go` was called outside a coroutine, where nobody would learn of
 *   the new coroutine's errors: use {@link run}, or {@link bundleGo} with a bundle made inside.
 * @example
 * ```ts
 * const h = go(worker(1, 2));
 * try {
 *   console.log(yield* join(h, now() + 1000));
 * } finally {
 *   hclose(h);
 * }
 * ```
 * @see go(3), https://libdill.org/go.html
 */
export function go<T>(coroutine: Coroutine<T>): CoroutineBundle<T> {
  if (isShuttingDown()) throw shutDownError("go");
  const generator = checkGenerator(coroutine, "go", "go");
  const caller = currentTask();
  if (caller === null) {
    const message =
      "go was called outside a coroutine: start the program with run(), " +
      "or use bundleGo with a bundle made in a coroutine";
    throw dillError("EINVAL", "go", message);
  }
  if (caller.owner?.isEnding === true) {
    throw dillError("EBADF", "go", "the run is ending and takes no new coroutine");
  }
  const resource = new BundleResource();
  const handle = makeHandle<CoroutineBundle<T>>(resource, "go");
  claim(generator);
  resource.coroutine = resource.start(generator);
  return handle;
}
