import { type Channel, chrecv } from "../channels/index.js";
import { isErrno } from "../errors/index.js";
import type { Coroutine } from "../kernel/index.js";
import { startRun } from "../runtime/index.js";

/**
 * What comes through a channel, for `for await` in async code.
 *
 * A message is received when it is asked for, and the loop ends where a receive would be `EPIPE`. Leaving the loop
 * leaves the channel as it is, and takes no message. Never blocks.
 *
 * @param ch - The channel's end to receive from.
 * @returns The messages. Asking is rejected as {@link chrecv} fails, but for `EPIPE`.
 * @example
 * ```ts
 * for await (const job of messagesOf(jobs)) await work(job);
 * ```
 * Source: for await, https://tc39.es/ecma262/#sec-for-in-and-for-of-statements
 */
export function messagesOf<R>(ch: Channel<never, R>): AsyncIterableIterator<R> {
  return new Messages(ch);
}

class Messages<R> implements AsyncIterableIterator<R> {
  readonly #ch: Channel<never, R>;
  /** Those that wait for a message. */
  readonly #waiting = new Set<() => void>();
  #isOver = false;

  constructor(ch: Channel<never, R>) {
    this.#ch = ch;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<R, undefined>> {
    if (this.#isOver) return end;
    let isLeft = false;
    const { running, cancel } = startRun(receive(this.#ch), () => ({ by: "holder", grace: 0 }));
    const leave = (): void => {
      isLeft = true;
      cancel();
    };
    this.#waiting.add(leave);
    try {
      return { done: false, value: await running };
    } catch (error) {
      if (isErrno(error, "EPIPE")) this.#isOver = true;
      else if (!isLeft) throw error;
      return end;
    } finally {
      this.#waiting.delete(leave);
    }
  }

  /** Whoever waits is told that it is over, unless a message has come: that is not lost. */
  async return(): Promise<IteratorResult<R, undefined>> {
    this.#isOver = true;
    for (const leave of this.#waiting) leave();
    return end;
  }
}

const end = { done: true, value: undefined } as const;

function* receive<R>(ch: Channel<never, R>): Coroutine<R> {
  return yield* chrecv(ch, -1);
}
