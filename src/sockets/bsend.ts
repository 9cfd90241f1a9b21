import { Delegation, type Operation } from "../kernel/index.js";
import { type Bytestream, bytestreamOf } from "./bytestream.js";
import { checkSendList } from "./iolist.js";

/**
 * Sends bytes.
 *
 * Done when the kernel has all of them; that the peer has received them it does not say. So each call
 * costs at least one system call: what belongs together goes out cheaper in one {@link bsendl}.
 *
 * @param s - A bytestream socket.
 * @param bytes - What to send. Don't change it before the operation is done.
 * @param deadline - Point on the clock of {@link now}, in milliseconds; `-1` never, `0` don't wait.
 * @throws {@link DillError}
 * - `EBADF`: the handle is not open, or was closed meanwhile.
 * - `EBUSY`: another coroutine is sending on this socket.
 * - `ECANCELED`: the coroutine is being canceled, and not all of it could be sent without waiting.
 * - `ECONNRESET`: the peer is gone, or an earlier send failed.
 * - `EINVAL`: the deadline is none, or these are no bytes.
 * - `ENOTSUP`: the handle is not a bytestream.
 * - `EPIPE`: this end has said that it is done.
 * - `ETIMEDOUT`: the deadline came first.
 * @remarks Cancellation: an unknown part has been sent, so this direction gives `ECONNRESET` from then on;
 * the same goes for a deadline. If nothing had been handed on, the direction is as it was. Up to 64 KiB may still be on their way: don't change the bytes before the
 * socket is closed, either. Receiving is not affected.
 * @see bsend(3), https://libdill.org/bsend.html
 */
export function bsend(s: Bytestream, bytes: Uint8Array, deadline: number): Operation<void> {
  return new Bsend(s, [bytes], deadline, "bsend");
}

/**
 * Sends the bytes of several buffers, one after the other, as {@link bsend} does.
 *
 * Small buffers are copied together, so that the whole list costs one system call for every 64 KiB of it.
 *
 * @param s - A bytestream socket.
 * @param list - The buffers. Don't change them before the operation is done.
 * @param deadline - Point on the clock of {@link now}, in milliseconds; `-1` never, `0` don't wait.
 * @throws {@link DillError}
 * - `EBADF`: the handle is not open, or was closed meanwhile.
 * - `EBUSY`: another coroutine is sending on this socket.
 * - `ECANCELED`: the coroutine is being canceled, and not all of it could be sent without waiting.
 * - `ECONNRESET`: the peer is gone, or an earlier send failed.
 * - `EINVAL`: the deadline is none, or the list holds something that is no buffer.
 * - `ENOTSUP`: the handle is not a bytestream.
 * - `EPIPE`: this end has said that it is done.
 * - `ETIMEDOUT`: the deadline came first.
 * @remarks Cancellation: as for {@link bsend}.
 * @see bsendl(3), https://libdill.org/bsendl.html
 */
export function bsendl(
  s: Bytestream,
  list: readonly Uint8Array[],
  deadline: number,
): Operation<void> {
  return new Bsend(s, list, deadline, "bsendl");
}

class Bsend extends Delegation<void, void> {
  readonly syscall: string;
  private readonly s: Bytestream;
  private readonly list: readonly Uint8Array[];
  private readonly deadline: number;

  constructor(s: Bytestream, list: readonly Uint8Array[], deadline: number, syscall: string) {
    super();
    this.syscall = syscall;
    this.s = s;
    this.list = list;
    this.deadline = deadline;
  }

  protected delegate(): Operation<void> {
    const stream = bytestreamOf(this.s, this.syscall);
    return stream.send(checkSendList(this.list, this.syscall), this.deadline, this.syscall);
  }

  protected result(): void {}

  protected copy(): Bsend {
    return new Bsend(this.s, this.list, this.deadline, this.syscall);
  }
}
