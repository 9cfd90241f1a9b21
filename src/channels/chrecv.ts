import type { Operation } from "../kernel/index.js";
import type { Channel } from "./channel.js";
import { Rendezvous } from "./rendezvous.js";

/**
 * Receives a message from a channel.
 *
 * Waits until somebody sends one at the other end. If several wait there already, the one that has waited
 * longest is served.
 *
 * @param ch - One end of the channel.
 * @param deadline - Point on the clock of {@link now}, in milliseconds; `-1` never, `0` don't wait.
 * @returns The message.
 * @throws {@link DillError}
 * - `EBADF`: the handle is not open.
 * - `ECANCELED`: the coroutine is being canceled.
 * - `EINVAL`: the deadline is none.
 * - `ENOTSUP`: the handle is not a channel.
 * - `EPIPE`: {@link chdone} was called on the other end, or both ends were closed meanwhile.
 * - `ETIMEDOUT`: the deadline came first.
 * @remarks Cancellation: no message has been taken; the channel is as it was.
 * @see chrecv(3), https://libdill.org/chrecv.html
 */
export function chrecv<S, R>(ch: Channel<S, R>, deadline: number): Operation<R> {
  return new Rendezvous(false, ch, undefined, deadline) as Operation<R>;
}
