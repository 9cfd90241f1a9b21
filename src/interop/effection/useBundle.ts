import { type Operation as EffectionOperation, resource, spawn, withResolvers } from "effection";
import { closeHandle, isOpen, makeHandle } from "../../handles/index.js";
import { errorOf, type Task } from "../../kernel/index.js";
import { type Bundle, BundleResource } from "../../runtime/index.js";

/**
 * A bundle as a resource of Effection's: when the Effection scope ends, its coroutines are canceled and have ended.
 *
 * An error that escapes one of them cancels its siblings, and fails the scope. Never blocks.
 *
 * @returns The operation: it returns the bundle, for {@link bundleGo} and {@link bundleWait}.
 * @example
 * ```ts
 * const b = yield* useBundle();
 * bundleGo(b, serve("/tmp/s.ipc"));
 * ```
 * Source: resource of Effection, https://frontside.com/effection
 */
export function useBundle(): EffectionOperation<Bundle> {
  return resource(function* (provide) {
    const failed = withResolvers<never>();
    const watched = new WatchedBundle((error) => failed.reject(error as Error));
    const b = makeHandle<Bundle>(watched, "bundle");
    try {
      yield* spawn(() => failed.operation);
      yield* provide(b);
    } finally {
      if (isOpen(b)) closeHandle(b, "hclose");
    }
  });
}

class WatchedBundle extends BundleResource {
  readonly #failed: (error: unknown) => void;

  constructor(failed: (error: unknown) => void) {
    super();
    this.#failed = failed;
  }

  protected override memberFailed(task: Task): void {
    super.memberFailed(task);
    if (this.hasFailed) this.#failed(errorOf(this.takeFailures()));
  }
}
