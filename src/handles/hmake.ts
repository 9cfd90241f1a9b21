import { dillError } from "../errors/index.js";
import type { Handle, HandleMethods, Resource } from "./handle.js";
import { makeHandle } from "./table.js";

/**
 * Makes a handle for a resource of one's own.
 *
 * It then behaves like every other handle: {@link hclose} closes it, and so does the end of the run
 * under which it was made. Never blocks.
 *
 * @param methods - How to find the resource's interfaces and how to free it. Whatever else the object has is not looked at.
 * @returns The new handle.
 * @throws {@link DillError}
 * - `ECANCELED`: the coroutine is being canceled, or a handle's `close` is running.
 * - `EINVAL`: `query` or `close` is missing.
 * @example A handle type of one's own
 * ```ts
 * const counterType: HandleType<Counter> = Symbol("counter");
 * const h = hmake({
 *   query: (type) => (type === counterType ? counter : undefined),
 *   close: () => counter.stop(),
 * });
 * ```
 * @see hmake(3), https://libdill.org/hmake.html
 */
export function hmake<K extends string = string>(methods: HandleMethods): Handle<K> {
  const given: Partial<HandleMethods> | null | undefined = methods;
  if (typeof given?.query !== "function" || typeof given.close !== "function") {
    const message = "hmake needs an object with the methods query(type) and close()";
    throw dillError("EINVAL", "hmake", message);
  }
  return makeHandle<Handle<K>>(new UserResource(methods), "hmake");
}

/** The library's own resources have more methods than these: those that the user's object may have are other ones. */
class UserResource implements Resource {
  readonly #methods: HandleMethods;

  constructor(methods: HandleMethods) {
    this.#methods = methods;
  }

  query(type: unknown): unknown {
    return this.#methods.query(type);
  }

  close(): void {
    this.#methods.close();
  }
}
