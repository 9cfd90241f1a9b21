import { type Operation as EffectionOperation, resource } from "effection";
import type { Handle } from "../../handles/index.js";
import type { Operation } from "../../kernel/index.js";
import { closeAtEnd } from "./closeAtEnd.js";

/**
 * Handles as a resource of Effection's: they are closed when the Effection scope ends.
 *
 * One that has been closed by then is left alone. An error of a `close` fails the scope, once all have been closed.
 * Never blocks.
 *
 * @param make - What makes the handle, or several in a list: `ipcConnect(path, -1)`, `ipcPair()`.
 * @returns The operation: it returns what `make` does.
 * @example
 * ```ts
 * const s = yield* useHandle(ipcConnect("/tmp/s.ipc", now() + 1000));
 * ```
 * Source: resource of Effection, https://frontside.com/effection
 */
export function useHandle<H extends Handle | readonly Handle[]>(
  make: Operation<H>,
): EffectionOperation<H> {
  return resource(function* (provide) {
    const made = yield* make;
    try {
      yield* provide(made);
    } finally {
      yield* closeAtEnd(listOf(made).toReversed());
    }
  });
}

function listOf(made: Handle | readonly Handle[]): readonly Handle[] {
  return isList(made) ? made : [made];
}

function isList(made: Handle | readonly Handle[]): made is readonly Handle[] {
  return Array.isArray(made);
}
