import type { Operation } from "../kernel/index.js";
import type { Channel } from "./channel.js";
import { Rendezvous } from "./rendezvous.js";

/**
 * Sends a message through a channel.
 *
 * Waits until somebody receives it at the other end. If somebody waits there already, the message is
 * handed over at once, and the receiver runs in its turn.
 *
 * @param ch - One end of the channel.
 * @param message - The message; any value, handed over as it is.
 * @param deadline - Point on the clock of {@link now}, in milliseconds; `-1` never, `0` don't wait.
 * @throws {@link DillError}
 * - `EBADF`: the handle is not open.
 * - `ECANCELED`: the coroutine is being canceled.
 * - `EINVAL`: the deadline is none.
 * - `ENOTSUP`: the handle is not a channel.
 * - `EPIPE`: {@link chdone} was called on this end, or both ends were closed meanwhile.
 * - `ETIMEDOUT`: the deadline came first.
 * @remarks Cancellation: the message has not been received; the channel is as it was.
 * @see chsend(3), https://libdill.org/chsend.html
 */
export function chsend<S, R>(
  ch: Channel<S, R>,
  message: NoInfer<S>,
  deadline: number,
): Operation<void> {
  return new Rendezvous(true, ch, message, deadline) as Operation<void>;
}
