import { dillError, textOf } from "../errors/index.js";
import { Delegation, type Operation } from "../kernel/index.js";
import { type Bytestream, bytestreamOf } from "./bytestream.js";

/**
 * Receives what has come, into a new buffer: at least one byte, and not more than asked for.
 *
 * For streams whose messages say nothing of their length, and for passing bytes on, as a proxy does. Unlike
 * {@link brecv} it leaves the socket as it was when it is cut short. libdill has nothing like it.
 *
 * @param s - A bytestream socket.
 * @param most - How many bytes to take at the most, from 1 up; what has come beyond waits for the next receive.
 * @param deadline - Point on the clock of {@link now}, in milliseconds; `-1` never, `0` only what is there.
 * @returns The bytes.
 * @throws {@link DillError}
 * - `EBADF`: the handle is not open, or was closed meanwhile.
 * - `EBUSY`: another coroutine is receiving on this socket.
 * - `ECANCELED`: the coroutine is being canceled, and nothing had arrived.
 * - `ECONNRESET`: the connection broke, or an earlier receive failed.
 * - `EINVAL`: the deadline is none, or `most` is no number of bytes from 1 up.
 * - `ENOTSUP`: the handle is not a bytestream, or one that gives its bytes only all at once.
 * - `EPIPE`: the peer will send nothing more.
 * - `ETIMEDOUT`: nothing came before the deadline.
 *
 * Over TLS, also `EACCES` (the peer misses our certificate) and `EPROTO` (what came is no TLS): see `tlsAttachServer`.
 * @remarks Cancellation: nothing has been taken; nor has it after a deadline.
 * @example Pass everything on, then the end
 * ```ts
 * const buffer = Buffer.alloc(65536);
 * try {
 *   for (;;) yield* bsend(to, yield* brecvSome(from, buffer, -1), -1);
 * } catch (error) {
 *   if (!isErrno(error, "EPIPE")) throw error;
 *   yield* ipcDone(to, -1);
 * }
 * ```
 * Source: receive_some of trio, https://trio.readthedocs.io/en/stable/reference-io.html
 */
export function brecvSome(s: Bytestream, most: number, deadline: number): Operation<Buffer>;
/**
 * Receives what has come, into a buffer of yours: at least one byte, and not more than it holds.
 *
 * @param s - A bytestream socket.
 * @param buffer - Is filled from its beginning on; what has come beyond waits for the next receive.
 * @param deadline - Point on the clock of {@link now}, in milliseconds; `-1` never, `0` only what is there.
 * @returns The filled part of the buffer: a view of its memory, not a copy.
 * @throws {@link DillError} As for the other form; `EINVAL` also for a buffer without room.
 *
 * Over TLS, also `EACCES` (the peer misses our certificate) and `EPROTO` (what came is no TLS): see `tlsAttachServer`.
 * @remarks Cancellation: the buffer is as it was; so it is after a deadline.
 */
export function brecvSome(s: Bytestream, buffer: Uint8Array, deadline: number): Operation<Buffer>;
export function brecvSome(
  s: Bytestream,
  into: number | Uint8Array,
  deadline: number,
): Operation<Buffer> {
  return new BrecvSome(s, into, deadline);
}

class BrecvSome extends Delegation<Buffer, Buffer> {
  readonly syscall = "brecv_some";
  private readonly s: Bytestream;
  private readonly into: number | Uint8Array;
  private readonly deadline: number;

  constructor(s: Bytestream, into: number | Uint8Array, deadline: number) {
    super();
    this.s = s;
    this.into = into;
    this.deadline = deadline;
  }

  protected delegate(): Operation<Buffer> {
    const { into, syscall } = this;
    const stream = bytestreamOf(this.s, syscall);
    const most = into instanceof Uint8Array ? into.length : into;
    if (!Number.isSafeInteger(most) || most < 1) {
      const message = `it takes a number of bytes from 1 up, or a buffer of as many, not ${textOf(most)}`;
      throw dillError("EINVAL", syscall, message);
    }
    if (stream.receiveSome === undefined) {
      const message = "this bytestream gives its bytes only all at once: use brecv";
      throw dillError("ENOTSUP", syscall, message);
    }
    return stream.receiveSome(into, this.deadline, syscall);
  }

  protected result(bytes: Buffer): Buffer {
    return bytes;
  }

  protected copy(): BrecvSome {
    return new BrecvSome(this.s, this.into, this.deadline);
  }
}
