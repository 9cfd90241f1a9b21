import { closeHandle, makeHandle } from "../handles/index.js";
import { type Channel, ChannelHalf } from "./channel.js";

/**
 * Makes a channel and returns handles of its two ends.
 *
 * Messages go in both directions, and nothing is ever stored: a sender waits until a receiver takes its
 * message. Any number of coroutines may send and receive on one end; they are served first come, first
 * served. Close both ends with {@link hclose}. Never blocks.
 *
 * @returns The two ends: the first sends `A` and receives `B`, the second the other way round.
 * @throws {@link DillError}
 * - `ECANCELED`: the coroutine is being canceled, or a handle's `close` is running.
 * @example
 * ```ts
 * const [jobs, results] = chmake<Job, Result>();
 * ```
 * @see chmake(3), https://libdill.org/chmake.html
 */
export function chmake<A, B = A>(): [Channel<A, B>, Channel<B, A>] {
  const first = new ChannelHalf(true);
  const second = new ChannelHalf(false);
  first.peer = second;
  second.peer = first;
  const h = makeHandle<Channel<A, B>>(first, "chmake");
  try {
    return [h, makeHandle<Channel<B, A>>(second, "chmake")];
  } catch (error) {
    closeHandle(h, "hclose");
    throw error;
  }
}
