// Suffix: messages on a bytestream, each with a delimiter behind it. Lines are messages with the suffix "\n".
import { dillError, Options } from "../errors/index.js";
import type { Operation } from "../kernel/index.js";
import {
  attach,
  type ByteQueue,
  type Bytestream,
  bytestreamOf,
  closeLayer,
  detach,
  Framed,
  type Framing,
  type LayerKind,
  type MessageSocket,
  type Over,
  type Reader,
} from "../sockets/index.js";
import { longestMark, markOf, readMaxSize, sizeError } from "./limits.js";

/** Handle of a suffix protocol on a bytestream of type `S`. */
export type SuffixSocket<S extends Bytestream = Bytestream> = Over<"suffix", S> & MessageSocket;

/** What {@link suffixAttach} may be told. */
export interface SuffixOptions {
  /** A message that is longer is not received: 64 KiB if not given, and 4 GiB at most, in bytes, the delimiter not counted. */
  readonly maxSize?: number | undefined;
}

const kind: LayerKind = { name: "a suffix socket" };

/**
 * Puts messages on a bytestream: each is sent with a delimiter behind it.
 *
 * The socket is taken over: its old handle is `EBADF`. Nothing is sent, so that both peers may attach whenever they have
 * agreed to. Unlike libdill, a message that contains the delimiter is `EINVAL` when it is sent. Never blocks.
 *
 * @param s - A bytestream socket.
 * @param suffix - The delimiter: 1 to 32 bytes, or text, whose bytes are those of UTF-8.
 * @param options - The longest message that is received.
 * @returns Handle of the message socket, for {@link msend} and {@link mrecv}.
 * @throws {@link DillError}
 * - `EBADF`: the handle is not open; nothing has changed.
 * - `EBUSY`: a coroutine uses the socket; it is closed.
 * - `ECANCELED`: the coroutine is being canceled; the socket is closed.
 * - `EINVAL`: the delimiter or an option is none; the socket is closed.
 * - `ENOTSUP`: the handle is not a bytestream; it is closed.
 * @example Lines of text
 * ```ts
 * const lines = suffixAttach(s, "\r\n");
 * yield* msend(lines, Buffer.from("HELO example.org"), -1);
 * const answer = (yield* mrecv(lines, now() + 1000)).toString();
 * ```
 * @see suffix_attach(3), https://libdill.org/suffix_attach.html
 */
export function suffixAttach<S extends Bytestream>(
  s: S,
  suffix: string | Uint8Array,
  options?: SuffixOptions,
): SuffixSocket<S> {
  return attach(
    s,
    bytestreamOf,
    (carrier, methods) => new Framed(carrier, methods, kind, new Suffix(suffix, options)),
    "suffix_attach",
  );
}

/**
 * Takes the suffix protocol off a bytestream.
 *
 * What the peer has sent behind its last message is received from the bytestream: also the beginning of a message that is
 * not complete. Never blocks.
 *
 * @param s - Handle of a suffix socket; it is no longer valid.
 * @returns The bytestream, under a new handle.
 * @throws {@link DillError}
 * - `EBADF`: the handle is not open.
 * - `EBUSY`: a coroutine uses the socket; all of it is closed.
 * - `ECONNRESET`: an earlier send or receive has failed; all of it is closed.
 * - `ENOTSUP`: the handle is not a suffix socket; it stays as it was.
 * @see suffix_detach(3), https://libdill.org/suffix_detach.html
 */
export function suffixDetach<S extends Bytestream>(s: SuffixSocket<S>): S {
  return detach<S>(s, kind, "suffix_detach");
}

/**
 * Closes a suffix socket in good order: says that nothing more will be sent, then waits for the peer's end.
 *
 * As {@link tcpClose} for the socket beneath, which is closed with it: what the peer still sends is dropped, also what is no
 * message. The suffix protocol has no end of its own. Whether it succeeds or not, all of it is closed, unless the handle was
 * none of ours. libdill has nothing like it. Over a bytestream of your own that has no `done` it just closes.
 *
 * @param s - Handle of a suffix socket; it is no longer valid.
 * @param deadline - Point on the clock of {@link now}, in milliseconds; `-1` never, `0` don't wait.
 * @throws {@link DillError}
 * - `EBADF`: the handle is not open.
 * - `EBUSY`: a coroutine uses the socket; it is closed.
 * - `ECANCELED`: the coroutine is being canceled, and the peer's end had not come before.
 * - `ECONNRESET`: the connection is broken, or an earlier send was cut in the middle.
 * - `EINVAL`: the deadline is none; the handle stays open.
 * - `ENOTSUP`: the handle is not a suffix socket; it stays open.
 * - `ETIMEDOUT`: the deadline came before the peer's end.
 * @remarks Cancellation: the socket is closed, as by {@link hclose}.
 * @example The last message arrives, whatever the peer still sends
 * ```ts
 * yield* msend(messages, Buffer.from("goodbye"), deadline);
 * yield* suffixClose(messages, now() + 1000);
 * ```
 * Source: none in libdill; after {@link tcpClose}.
 */
export function suffixClose(s: SuffixSocket, deadline: number): Operation<void> {
  return closeLayer(s, kind, deadline, "suffix_close");
}

class Suffix implements Framing {
  readonly reader: Reader<Buffer>;
  private readonly suffix: Buffer;

  constructor(suffix: string | Uint8Array, options: SuffixOptions | undefined) {
    this.suffix = markOf(suffix, 1, longestMark, "delimiter", "suffix_attach");
    const maxSize = readMaxSize(new Options(options, "suffix_attach"), 65536);
    this.reader = new SuffixReader(this.suffix, maxSize);
  }

  frame(list: readonly Uint8Array[], syscall: string): readonly Uint8Array[] {
    const { suffix } = this;
    if (!this.isEmbedded(list)) return [...list, suffix];
    const message = "the message contains the delimiter, and would be received as two";
    throw dillError("EINVAL", syscall, { message });
  }

  /** Whether the receiver would see the delimiter before it ends; it may also begin in the message and end in itself. */
  private isEmbedded(list: readonly Uint8Array[]): boolean {
    const { suffix } = this;
    const overlap = suffix.length - 1;
    let tail: Uint8Array = empty;
    for (const bytes of list) {
      if (indexIn(bytes, suffix) >= 0) return true;
      if (overlap === 0) continue;
      // Where two buffers meet.
      if (Buffer.concat([tail, bytes.subarray(0, overlap)]).includes(suffix)) return true;
      tail = Buffer.concat([tail, bytes.subarray(-overlap)]).subarray(-overlap);
    }
    return Buffer.concat([tail, suffix]).indexOf(suffix) < tail.length;
  }
}

function indexIn(bytes: Uint8Array, wanted: Buffer): number {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).indexOf(wanted);
}

class SuffixReader implements Reader<Buffer> {
  private readonly suffix: Buffer;
  private readonly maxSize: number;
  /** What has come of a message of which the end has not; there is room behind it. */
  private taken: Uint8Array = empty;
  private length = 0;
  /** How many bytes at the end of what has come may be the beginning of the delimiter. */
  private matched = 0;

  constructor(suffix: Buffer, maxSize: number) {
    this.suffix = suffix;
    this.maxSize = maxSize;
  }

  read(bytes: ByteQueue): Buffer | undefined {
    const end = bytes.indexOf(this.suffix);
    if (end < 0) {
      this.takeWithout(bytes);
      return undefined;
    }
    const { taken, length } = this;
    this.checkSize(length + end);
    const message = Buffer.allocUnsafe(length + end);
    if (length > 0) message.set(taken.subarray(0, length));
    bytes.moveTo(message, length);
    bytes.drop(this.suffix.length);
    this.begin();
    return message;
  }

  /** Takes what can't be part of a delimiter. */
  private takeWithout(bytes: ByteQueue): void {
    this.matched = this.matchAtEnd(bytes);
    const length = this.length + bytes.length - this.matched;
    this.checkSize(length);
    if (length > this.taken.length) {
      const taken = Buffer.allocUnsafe(
        Math.max(length, Math.min(2 * this.taken.length, this.maxSize)),
      );
      taken.set(this.taken.subarray(0, this.length));
      this.taken = taken;
    }
    bytes.moveTo(this.taken, this.length, length);
    this.length = length;
  }

  private matchAtEnd(bytes: ByteQueue): number {
    const { suffix } = this;
    let count = Math.min(suffix.length - 1, bytes.length);
    while (count > 0 && !this.matches(bytes, count)) count -= 1;
    return count;
  }

  /** Whether so many bytes at the end are the delimiter's first ones. */
  private matches(bytes: ByteQueue, count: number): boolean {
    const start = bytes.length - count;
    for (let i = 0; i < count; i++) if (bytes.byteAt(start + i) !== this.suffix[i]) return false;
    return true;
  }

  private checkSize(length: number): void {
    if (length > this.maxSize) throw sizeError(undefined, this.maxSize);
  }

  private begin(): void {
    this.taken = empty;
    this.length = 0;
    this.matched = 0;
  }

  get missing(): number {
    return this.suffix.length - this.matched;
  }

  get isBetween(): boolean {
    return this.length === 0;
  }

  giveBack(): Uint8Array | undefined {
    const { taken, length } = this;
    this.begin();
    return length === 0 ? undefined : taken.subarray(0, length);
  }
}

const empty = new Uint8Array(0); // no Buffer: the module must load where there is none
