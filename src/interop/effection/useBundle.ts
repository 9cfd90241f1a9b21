import { action, type Operation as EffectionOperation, resource, spawn, useScope } from "effection";
import { makeHandle } from "../../handles/index.js";
import { errorOf } from "../../kernel/index.js";
import { type Bundle, BundleResource } from "../../runtime/index.js";
import { closeAtEnd } from "./closeAtEnd.js";
import { guestIn } from "./scopes.js";

/**
 * A bundle as a resource of Effection's: when the Effection scope ends, its coroutines are canceled and have ended.
 *
 * An error that escapes one of them cancels its siblings, and fails the scope; also one that escapes while the scope's
 * end closes the bundle. Only what {@link hclose}, {@link bundleWait} or {@link join} has thrown by then is told already.
 * Never blocks.
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
    const watched = new WatchedBundle(null, guestIn(yield* useScope()));
    const b = makeHandle<Bundle>(watched, "bundle");
    try {
      yield* spawn(() => failureOf(watched));
      yield* provide(b);
    } finally {
      yield* closeAtEnd([b]);
    }
  });
}

/** Whoever throws an error takes it out of the bundle: until then it is there for the next one who asks. */
function* failureOf(bundle: WatchedBundle): EffectionOperation<never> {
  while (!bundle.hasFailed) yield* bundle.failure();
  throw errorOf(bundle.takeFailures());
}

class WatchedBundle extends BundleResource {
  #tell = (): void => {};

  /** Waits for the next one. */
  failure(): EffectionOperation<void> {
    return action((resolve) => {
      this.#tell = resolve;
      return () => {
        this.#tell = () => {};
      };
    });
  }

  /** After a failure its siblings have been canceled, and all that has come of it is here. */
  protected override allCanceled(): void {
    if (this.hasFailed) this.#tell();
  }
}
