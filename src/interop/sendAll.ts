import { type Channel, chsend } from "../channels/index.js";
import { dillError, textOf } from "../errors/index.js";
import {
  currentTask,
  type Operation,
  operation,
  readDeadline,
  type Steps,
} from "../kernel/index.js";
import { until } from "./until.js";

const syscall = "send_all";

/**
 * Sends all items of an iterable, async or not, through a channel.
 *
 * It asks for an item when the one before has been received. The channel stays open at the end: call {@link chdone} if
 * nothing else will be sent.
 *
 * @param ch - The channel's end to send through.
 * @param iterable - Where the items come from: an async generator, a stream, `events.on(…)`, an array.
 * @param deadline - Point on the clock of {@link now}, in milliseconds, for all of it; `-1` never.
 * @throws {@link DillError}
 * - `EBADF`: the handle is not open.
 * - `ECANCELED`: the coroutine is being canceled.
 * - `EINVAL`: the deadline is none, or it is no iterable.
 * - `ENOTSUP`: the handle is not a channel.
 * - `EPIPE`: nobody will receive any more.
 * - `ETIMEDOUT`: the deadline came first.
 *
 * Besides, what the iterable throws.
 * @remarks Cancellation: the iterator's `return` is called. The run waits for it, unless an item was still to come: such
 * a `return` may wait for the item, for ever. Until then the source is not stopped, and a stream stays open: destroy it in
 * a `finally`.
 * @example Lines of a file
 * ```ts
 * yield* sendAll(lines, createInterface({ input: createReadStream(path) }), -1);
 * chdone(lines);
 * ```
 * Source: for await, https://tc39.es/ecma262/#sec-for-in-and-for-of-statements
 */
export function sendAll<S>(
  ch: Channel<S, unknown>,
  iterable: AsyncIterable<S> | Iterable<S>,
  deadline: number,
): Operation<void> {
  return operation(syscall, () => pump(ch, iterable, deadline));
}

function* pump<S>(
  ch: Channel<S, unknown>,
  iterable: AsyncIterable<S> | Iterable<S>,
  deadline: number,
): Steps<void> {
  readDeadline(deadline, syscall);
  const iterator = iteratorOf(iterable);
  let state: "asked" | "sending" | "over" = "over";
  try {
    for (;;) {
      state = "asked";
      const step = yield* until(
        ask(iterator, () => (state = "over")),
        deadline,
      );
      if (typeof step !== "object" || step === null) {
        throw new TypeError(`the iterator has returned ${textOf(step)}, which is no result`);
      }
      if (step.done === true) {
        state = "over";
        return;
      }
      state = "sending";
      yield* chsend(ch, step.value, deadline);
    }
  } finally {
    leave(iterator, state);
  }
}

type AnyIterator<S> = AsyncIterator<S> | Iterator<S>;

/** An iterator that fails has ended: nobody calls its `return`. What need not be waited for is there at once. */
function ask<S>(iterator: AnyIterator<S>, failed: () => void) {
  const fail = (error: unknown): never => {
    failed();
    throw error;
  };
  return (): Promise<IteratorResult<S>> | IteratorResult<S> => {
    try {
      const step = iterator.next();
      return has(step, "then") ? Promise.resolve(step).catch(fail) : step;
    } catch (error) {
      return fail(error);
    }
  };
}

function leave<S>(iterator: AnyIterator<S>, state: "asked" | "sending" | "over"): void {
  if (state === "over") return;
  const returned = Promise.resolve(iterator.return?.());
  if (state === "asked")
    returned.catch(() => {}); // it may be about what nobody waits for any more
  else currentTask()?.owner?.awaitWork(returned);
}

function iteratorOf<S>(iterable: AsyncIterable<S> | Iterable<S>): AnyIterator<S> {
  if (isAsync(iterable)) return iterable[Symbol.asyncIterator]();
  if (has(iterable, Symbol.iterator)) return iterable[Symbol.iterator]();
  const given: unknown = iterable;
  const message = `sendAll takes an iterable, async or not, not ${textOf(given)}`;
  throw dillError("EINVAL", syscall, message);
}

function isAsync<S>(iterable: AsyncIterable<S> | Iterable<S>): iterable is AsyncIterable<S> {
  return has(iterable, Symbol.asyncIterator);
}

function has(value: unknown, method: PropertyKey): boolean {
  return (
    value !== null &&
    value !== undefined &&
    typeof Reflect.get(Object(value), method) === "function"
  );
}
