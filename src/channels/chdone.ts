import { signalError } from "../errors/index.js";
import { type Channel, halfOf } from "./channel.js";
import type { Mailbox } from "./mailbox.js";

/**
 * Says that nothing more will be sent through this end.
 *
 * Whoever receives at the other end gets `EPIPE`, now and from now on, and so does whoever sends at this
 * one. The opposite direction stays as it is. Never blocks.
 *
 * @param ch - One end of the channel.
 * @throws {@link DillError}
 * - `EBADF`: the handle is not open.
 * - `ENOTSUP`: the handle is not a channel.
 * - `EPIPE`: it has been said already.
 * @see chdone(3), https://libdill.org/chdone.html
 */
export function chdone<S, R>(ch: Channel<S, R>): void {
  const mailbox: Mailbox = halfOf(ch, "chdone").peer;
  if (mailbox.isDone) throw signalError("EPIPE", "chdone");
  mailbox.finish();
}
