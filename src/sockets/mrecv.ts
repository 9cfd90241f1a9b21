import { Delegation, type Operation, type Step } from "../kernel/index.js";
import { givenTargets, type ReceiveTarget } from "./iolist.js";
import { type MessageSocket, messageOf } from "./message.js";

/**
 * Receives a message.
 *
 * @param s - A message socket.
 * @param deadline - Point on the clock of {@link now}, in milliseconds; `-1` never, `0` only what is there.
 * @returns The message; it may be empty. A short one shares its memory with other buffers, as those of `Buffer.from` do: copy it
 * before you transfer it to a worker.
 * @throws {@link DillError}
 * - `EBADF`: the handle is not open, or was closed meanwhile.
 * - `EBUSY`: another coroutine is receiving on this socket.
 * - `ECANCELED`: the coroutine is being canceled, and no whole message had come.
 * - `ECONNRESET`: the connection broke or ended inside a message, or an earlier receive found what is no message.
 * - `EINVAL`: the deadline is none.
 * - `EMSGSIZE`: the message is longer than the socket's limit; the direction gives `ECONNRESET` from then on.
 * - `ENOTSUP`: the handle is not a message socket.
 * - `EPIPE`: the peer will send nothing more.
 * - `EPROTO`: what came is no message of the protocol; the direction gives `ECONNRESET` from then on.
 * - `ETIMEDOUT`: the deadline came first.
 *
 * Over TLS, also `EACCES` (the peer misses our certificate) and `EPROTO` (what came is no TLS): see `tlsAttachServer`.
 * @remarks Cancellation: nothing is lost. What has come of a message waits for the next receive: unlike libdill, where the
 * direction breaks. The same goes for a deadline.
 * @see mrecv(3), https://libdill.org/mrecv.html
 */
export function mrecv(s: MessageSocket, deadline: number): Operation<Buffer>;
/**
 * Receives a message into a buffer.
 *
 * @param s - A message socket.
 * @param buffer - Is filled from its beginning on.
 * @param deadline - Point on the clock of {@link now}, in milliseconds; `-1` never, `0` only what is there.
 * @returns The filled part of the buffer: a view of its memory, not a copy.
 * @throws {@link DillError} As for the other form. `EMSGSIZE` also if the message is longer than the buffer: it waits for a
 * receive with more room; only a datagram of UDP is gone. `EINVAL` also for what is no buffer.
 */
export function mrecv(s: MessageSocket, buffer: Uint8Array, deadline: number): Operation<Buffer>;
export function mrecv(
  s: MessageSocket,
  ...rest: readonly [number] | readonly [Uint8Array, number]
): Operation<Buffer> {
  return rest.length === 1 ? new Mrecv(s, rest[0]) : new MrecvInto(s, rest[0], rest[1]);
}

class Mrecv extends Delegation<Buffer, Buffer> {
  readonly syscall = "mrecv";
  private readonly s: MessageSocket;
  private readonly deadline: number;

  constructor(s: MessageSocket, deadline: number) {
    super();
    this.s = s;
    this.deadline = deadline;
  }

  protected override begin(): Step<Buffer> {
    const message = messageOf(this.s, this.syscall).take?.(this.deadline, this.syscall);
    return message === undefined ? super.begin() : this.complete(message);
  }

  protected delegate(): Operation<Buffer> {
    return messageOf(this.s, this.syscall).receive(this.deadline, this.syscall);
  }

  protected result(message: Buffer): Buffer {
    return message;
  }

  protected copy(): Mrecv {
    return new Mrecv(this.s, this.deadline);
  }
}

class MrecvInto extends Delegation<Buffer, number> {
  readonly syscall = "mrecv";
  private readonly s: MessageSocket;
  private readonly buffer: Uint8Array;
  private readonly deadline: number;

  constructor(s: MessageSocket, buffer: Uint8Array, deadline: number) {
    super();
    this.s = s;
    this.buffer = buffer;
    this.deadline = deadline;
  }

  protected delegate(): Operation<number> {
    const socket = messageOf(this.s, this.syscall);
    const targets = givenTargets([this.buffer], this.syscall);
    return socket.receiveInto(targets, this.deadline, this.syscall);
  }

  protected result(length: number): Buffer {
    return Buffer.from(this.buffer.buffer, this.buffer.byteOffset, length);
  }

  protected copy(): MrecvInto {
    return new MrecvInto(this.s, this.buffer, this.deadline);
  }
}

/**
 * Receives a message into several buffers, one after the other, and drops what stands between them.
 *
 * @param s - A message socket.
 * @param targets - In order: buffers to fill, and `{ skip: n }` for n bytes to drop.
 * @param deadline - Point on the clock of {@link now}, in milliseconds; `-1` never, `0` only what is there.
 * @returns How long the message is.
 * @throws {@link DillError}
 * - `EBADF`: the handle is not open, or was closed meanwhile.
 * - `EBUSY`: another coroutine is receiving on this socket.
 * - `ECANCELED`: the coroutine is being canceled, and no whole message had come.
 * - `ECONNRESET`: the connection broke or ended inside a message, or an earlier receive found what is no message.
 * - `EINVAL`: the deadline is none, the list holds something else, or a buffer's memory was given away meanwhile.
 * - `EMSGSIZE`: the message is longer than all targets together, and waits for a receive with more room (a datagram of UDP is
 * gone); or it is longer than the socket's limit, and the direction gives `ECONNRESET` from then on.
 * - `ENOTSUP`: the handle is not a message socket.
 * - `EPIPE`: the peer will send nothing more.
 * - `EPROTO`: what came is no message of the protocol; the direction gives `ECONNRESET` from then on.
 * - `ETIMEDOUT`: the deadline came first.
 *
 * Over TLS, also `EACCES` (the peer misses our certificate) and `EPROTO` (what came is no TLS): see `tlsAttachServer`.
 * @remarks Cancellation: as for {@link mrecv}.
 * @see mrecvl(3), https://libdill.org/mrecvl.html
 */
export function mrecvl(
  s: MessageSocket,
  targets: readonly ReceiveTarget[],
  deadline: number,
): Operation<number> {
  return new Mrecvl(s, targets, deadline);
}

class Mrecvl extends Delegation<number, number> {
  readonly syscall = "mrecvl";
  private readonly s: MessageSocket;
  private readonly targets: readonly ReceiveTarget[];
  private readonly deadline: number;

  constructor(s: MessageSocket, targets: readonly ReceiveTarget[], deadline: number) {
    super();
    this.s = s;
    this.targets = targets;
    this.deadline = deadline;
  }

  protected delegate(): Operation<number> {
    const socket = messageOf(this.s, this.syscall);
    return socket.receiveInto(
      givenTargets(this.targets, this.syscall),
      this.deadline,
      this.syscall,
    );
  }

  protected result(length: number): number {
    return length;
  }

  protected copy(): Mrecvl {
    return new Mrecvl(this.s, this.targets, this.deadline);
  }
}
