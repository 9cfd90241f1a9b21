import { Delegation, type Operation, type Step } from "../kernel/index.js";
import { type Bytestream, bytestreamOf } from "./bytestream.js";
import type { ByteQueue } from "./byteQueue.js";
import { makeBuffer, makeTargets, type ReceiveTarget } from "./iolist.js";

/**
 * Receives an exact number of bytes.
 *
 * It ends when the buffer is full, never earlier. If the peer's end comes in the middle, what was received
 * of it is lost, and the error is the same `EPIPE` as for a clean end. A peer that closes with bytes of ours
 * unread is `ECONNRESET`.
 *
 * @param s - A bytestream socket.
 * @param length - How many bytes to receive; or a buffer to fill.
 * @param deadline - Point on the clock of {@link now}, in milliseconds; `-1` never, `0` only what is there.
 * @returns A new buffer of that length; or the buffer that was given.
 * @throws {@link DillError}
 * - `EBADF`: the handle is not open, or was closed meanwhile.
 * - `EBUSY`: another coroutine is receiving on this socket.
 * - `ECANCELED`: the coroutine is being canceled, and not all of it had been read from the kernel before.
 * - `ECONNRESET`: the connection broke, or an earlier receive failed.
 * - `EINVAL`: the deadline is none, the length is no number of bytes, or the buffer's memory was given away meanwhile.
 * - `ENOTSUP`: the handle is not a bytestream.
 * - `EPIPE`: the peer will send nothing more.
 * - `ETIMEDOUT`: the deadline came first.
 *
 * Over TLS, also `EACCES` (the peer misses our certificate) and `EPROTO` (what came is no TLS): see `tlsAttachServer`.
 * @remarks Cancellation: if a byte had come, what was received is lost, and this direction gives `ECONNRESET` from then
 * on. If none had come, the direction is as it was: unlike libdill, where it breaks. The same goes for a deadline. Sending
 * is not affected.
 * @see brecv(3), https://libdill.org/brecv.html
 */
export function brecv(s: Bytestream, length: number, deadline: number): Operation<Buffer>;
/**
 * Fills a buffer with received bytes.
 *
 * @param s - A bytestream socket.
 * @param buffer - The buffer to fill.
 * @param deadline - Point on the clock of {@link now}, in milliseconds; `-1` never, `0` only what is there.
 * @returns The buffer that was given.
 */
export function brecv<B extends Uint8Array>(
  s: Bytestream,
  buffer: B,
  deadline: number,
): Operation<B>;
export function brecv(
  s: Bytestream,
  wanted: number | Uint8Array,
  deadline: number,
): Operation<Uint8Array> {
  return new Brecv(s, wanted, deadline);
}

class Brecv extends Delegation<Uint8Array, void> {
  readonly syscall = "brecv";
  private readonly s: Bytestream;
  private readonly wanted: number | Uint8Array;
  private readonly deadline: number;
  private buffer: Uint8Array | null = null;

  constructor(s: Bytestream, wanted: number | Uint8Array, deadline: number) {
    super();
    this.s = s;
    this.wanted = wanted;
    this.deadline = deadline;
  }

  protected override begin(): Step<Uint8Array> {
    const stream = bytestreamOf(this.s, this.syscall);
    this.buffer = makeBuffer(this.wanted, this.syscall);
    const filled = stream.takeWith?.(this, this.deadline, this.syscall);
    return filled === undefined ? super.begin() : this.complete(filled);
  }

  protected delegate(): Operation<void> {
    const stream = bytestreamOf(this.s, this.syscall);
    return stream.receive([this.buffer as Uint8Array], this.deadline);
  }

  /** All of it has come, or nothing is taken. */
  read(bytes: ByteQueue): Uint8Array | undefined {
    const buffer = this.buffer as Uint8Array;
    if (bytes.length < buffer.length) return undefined;
    bytes.moveTo(buffer, 0);
    return buffer;
  }

  protected result(): Uint8Array {
    return this.buffer as Uint8Array;
  }

  protected copy(): Brecv {
    return new Brecv(this.s, this.wanted, this.deadline);
  }
}

/**
 * Receives into several buffers, one after the other, and drops what stands between them.
 *
 * @param s - A bytestream socket.
 * @param list - In order: lengths of new buffers, buffers to fill, and `{ skip: n }` for n bytes to drop.
 * @param deadline - Point on the clock of {@link now}, in milliseconds; `-1` never, `0` only what is there.
 * @returns The buffers, new and given ones, in the order of the list.
 * @throws {@link DillError}
 * - `EBADF`: the handle is not open, or was closed meanwhile.
 * - `EBUSY`: another coroutine is receiving on this socket.
 * - `ECANCELED`: the coroutine is being canceled, and not all of it had been read from the kernel before.
 * - `ECONNRESET`: the connection broke, or an earlier receive failed.
 * - `EINVAL`: the deadline is none, the list holds something else, or a buffer's memory was given away meanwhile.
 * - `ENOTSUP`: the handle is not a bytestream.
 * - `EPIPE`: the peer will send nothing more.
 * - `ETIMEDOUT`: the deadline came first.
 *
 * Over TLS, also `EACCES` (the peer misses our certificate) and `EPROTO` (what came is no TLS): see `tlsAttachServer`.
 * @remarks Cancellation: as for {@link brecv}.
 * @see brecvl(3), https://libdill.org/brecvl.html
 */
export function brecvl(
  s: Bytestream,
  list: readonly (number | ReceiveTarget)[],
  deadline: number,
): Operation<Uint8Array[]> {
  return new Brecvl(s, list, deadline);
}

class Brecvl extends Delegation<Uint8Array[], void> {
  readonly syscall = "brecvl";
  private readonly s: Bytestream;
  private readonly list: readonly (number | ReceiveTarget)[];
  private readonly deadline: number;
  private targets: readonly ReceiveTarget[] = [];

  constructor(s: Bytestream, list: readonly (number | ReceiveTarget)[], deadline: number) {
    super();
    this.s = s;
    this.list = list;
    this.deadline = deadline;
  }

  protected delegate(): Operation<void> {
    const stream = bytestreamOf(this.s, this.syscall);
    this.targets = makeTargets(this.list, this.syscall);
    return stream.receive(this.targets, this.deadline, this.syscall);
  }

  protected result(): Uint8Array[] {
    return this.targets.filter((target) => target instanceof Uint8Array);
  }

  protected copy(): Brecvl {
    return new Brecvl(this.s, this.list, this.deadline);
  }
}
