import { dillError, textOf } from "../errors/index.js";
import { checkGenerator, type Coroutine } from "../kernel/index.js";

const names = new WeakMap<object, string>();

/**
 * Gives a coroutine a name of its own, by which {@link dump}, {@link snapshot} and the error of a deadlock call it. Without one it
 * is called as its function is.
 *
 * Costs nothing but the name: nobody looks at it before somebody asks. Never blocks.
 *
 * @param name - What a person shall read: `"client 42"`. Not empty.
 * @param coroutine - The call of a generator function, which has not been started.
 * @returns The same coroutine, for {@link go}, {@link bundleGo} or {@link run}.
 * @throws {@link DillError}
 * - `EINVAL`: the name is no text, or the other is no coroutine that could be started.
 * @example
 * ```ts
 * bundleGo(clients, named(`client ${count}`, dialogue(s)));
 * ```
 * Source: trio's and asyncio's names of tasks.
 */
export function named<T>(name: string, coroutine: Coroutine<T>): Coroutine<T> {
  const generator = checkGenerator(coroutine, "named", "named");
  if (typeof name !== "string" || name === "") {
    throw dillError("EINVAL", "named", `a name is a text that is not empty, not ${textOf(name)}`);
  }
  names.set(generator, name);
  return coroutine;
}

/** Whoever runs the coroutine as a part of its own is called as that is. */
export function shareName(coroutine: object, outer: object | null | undefined): void {
  const name = names.get(coroutine);
  if (name !== undefined && outer) names.set(outer, name);
}

/** The name that the program has given it. */
export function nameOf(generator: object | null): string | undefined {
  return generator === null ? undefined : names.get(generator);
}
