// What an operation looks like, to `yield*` and to Effection.
import type { Effect, Operation } from "effection";

export type { Effect, Operation };

/**
 * What a coroutine function returns: `function* worker(): Coroutine<number> { … }`.
 *
 * In its body, `yield*` runs an operation, and a bare `yield;` lets the other coroutines run.
 *
 * @see coroutine(3), https://libdill.org/documentation.html
 */
// biome-ignore lint: void is what a bare `yield;` yields.
export type Coroutine<T = void> = Generator<Effect<unknown> | void, T, unknown>;

/** What an operation that is written as a generator returns. Unlike a coroutine, it can't yield to the others. */
export type Steps<T> = Generator<Effect<unknown>, T, unknown>;
