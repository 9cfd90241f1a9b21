import { Delegation, type Operation } from "../kernel/index.js";
import { checkSendList } from "./iolist.js";
import { type MessageSocket, messageOf } from "./message.js";

/**
 * Sends a message.
 *
 * It is received as a whole, or not at all. The operation is done when the kernel has all of it, not when the peer has.
 *
 * @param s - A message socket.
 * @param bytes - The message; it may be empty. It must not be changed before the operation has ended.
 * @param deadline - Point on the clock of {@link now}, in milliseconds; `-1` never, `0` only what can be sent at once.
 * @throws {@link DillError}
 * - `EBADF`: the handle is not open, or was closed meanwhile.
 * - `EBUSY`: another coroutine is sending on this socket.
 * - `ECANCELED`: the coroutine is being canceled, and not all of it could be sent without waiting.
 * - `ECONNRESET`: the connection broke, or an earlier send failed.
 * - `EINVAL`: the deadline is none, `bytes` is no buffer, or the protocol can't carry these bytes: see where it is attached.
 * - `EMSGSIZE`: the message is longer than the protocol can say.
 * - `ENOTSUP`: the handle is not a message socket.
 * - `EPIPE`: this side has said that it sends nothing more.
 * - `ETIMEDOUT`: the deadline came first.
 * @remarks Cancellation: if part of the message had been sent, this direction gives `ECONNRESET` from then on. Receiving is
 * not affected.
 * @see msend(3), https://libdill.org/msend.html
 */
export function msend(s: MessageSocket, bytes: Uint8Array, deadline: number): Operation<void> {
  return new Msend(s, [bytes], deadline, "msend");
}

/**
 * Sends several buffers as one message.
 *
 * @param s - A message socket.
 * @param list - The buffers, in order.
 * @param deadline - Point on the clock of {@link now}, in milliseconds; `-1` never, `0` only what can be sent at once.
 * @throws {@link DillError}
 * - `EBADF`: the handle is not open, or was closed meanwhile.
 * - `EBUSY`: another coroutine is sending on this socket.
 * - `ECANCELED`: the coroutine is being canceled, and not all of it could be sent without waiting.
 * - `ECONNRESET`: the connection broke, or an earlier send failed.
 * - `EINVAL`: the deadline is none, the list holds something that is no buffer, or the protocol can't carry these bytes.
 * - `EMSGSIZE`: the message is longer than the protocol can say.
 * - `ENOTSUP`: the handle is not a message socket.
 * - `EPIPE`: this side has said that it sends nothing more.
 * - `ETIMEDOUT`: the deadline came first.
 * @remarks Cancellation: as for {@link msend}.
 * @see msendl(3), https://libdill.org/msendl.html
 */
export function msendl(
  s: MessageSocket,
  list: readonly Uint8Array[],
  deadline: number,
): Operation<void> {
  return new Msend(s, list, deadline, "msendl");
}

class Msend extends Delegation<void, void> {
  readonly syscall: string;
  private readonly s: MessageSocket;
  private readonly list: readonly Uint8Array[];
  private readonly deadline: number;

  constructor(s: MessageSocket, list: readonly Uint8Array[], deadline: number, syscall: string) {
    super();
    this.syscall = syscall;
    this.s = s;
    this.list = list;
    this.deadline = deadline;
  }

  protected delegate(): Operation<void> {
    const socket = messageOf(this.s, this.syscall);
    return socket.send(checkSendList(this.list, this.syscall), this.deadline, this.syscall);
  }

  protected result(): void {}

  protected copy(): Msend {
    return new Msend(this.s, this.list, this.deadline, this.syscall);
  }
}
