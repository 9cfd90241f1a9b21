// Prefix: messages on a bytestream, each behind a header that says how long it is.
import { dillError, Options, textOf } from "../errors/index.js";
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
import { lengthOf, readMaxSize, sizeError } from "./limits.js";

/** Handle of a prefix protocol on a bytestream of type `S`. */
export type PrefixSocket<S extends Bytestream = Bytestream> = Over<"prefix", S> & MessageSocket;

/** What {@link prefixAttach} may be told. */
export interface PrefixOptions {
  /** The header's bytes come with the lowest first; if not given, the highest. */
  readonly littleEndian?: boolean | undefined;
  /** A message that is longer is not received: 16 MiB if not given, and 4 GiB at most, in bytes. */
  readonly maxSize?: number | undefined;
}

const kind: LayerKind = { name: "a prefix socket" };

/**
 * Puts messages on a bytestream: each is sent behind a header of fixed size that says how long it is.
 *
 * The socket is taken over: its old handle is `EBADF`. Nothing is sent, so that both peers may attach whenever they have
 * agreed to. Unlike libdill, a message that is longer than the header can say is `EMSGSIZE` when it is sent. Never blocks.
 *
 * @param s - A bytestream socket.
 * @param hdrlen - How many bytes the header has: 1 to 8. It counts the bytes behind it.
 * @param options - The order of the header's bytes, and the longest message that is received.
 * @returns Handle of the message socket, for {@link msend} and {@link mrecv}.
 * @throws {@link DillError}
 * - `EBADF`: the handle is not open; nothing has changed.
 * - `EBUSY`: a coroutine uses the socket; it is closed.
 * - `ECANCELED`: the coroutine is being canceled; the socket is closed.
 * - `EINVAL`: `hdrlen` or an option is none; the socket is closed.
 * - `ENOTSUP`: the handle is not a bytestream; it is closed.
 * @see prefix_attach(3), https://libdill.org/prefix_attach.html
 */
export function prefixAttach<S extends Bytestream>(
  s: S,
  hdrlen: number,
  options?: PrefixOptions,
): PrefixSocket<S> {
  return attach(
    s,
    bytestreamOf,
    (carrier, methods) => new Framed(carrier, methods, kind, new Prefix(hdrlen, options)),
    "prefix_attach",
  );
}

/**
 * Takes the prefix protocol off a bytestream.
 *
 * What the peer has sent behind its last message is received from the bytestream: also the beginning of a message that is
 * not complete. Never blocks.
 *
 * @param s - Handle of a prefix socket; it is no longer valid.
 * @returns The bytestream, under a new handle.
 * @throws {@link DillError}
 * - `EBADF`: the handle is not open.
 * - `EBUSY`: a coroutine uses the socket; all of it is closed.
 * - `ECONNRESET`: an earlier send or receive has failed; all of it is closed.
 * - `ENOTSUP`: the handle is not a prefix socket; it stays as it was.
 * @see prefix_detach(3), https://libdill.org/prefix_detach.html
 */
export function prefixDetach<S extends Bytestream>(s: PrefixSocket<S>): S {
  return detach<S>(s, kind, "prefix_detach");
}

/**
 * Closes a prefix socket in good order: says that nothing more will be sent, then waits for the peer's end.
 *
 * As {@link tcpClose} for the socket beneath, which is closed with it: what the peer still sends is dropped, also what is no
 * message. The prefix protocol has no end of its own. Whether it succeeds or not, all of it is closed, unless the handle was
 * none of ours. libdill has nothing like it. Over a bytestream of your own that has no `done` it just closes.
 *
 * @param s - Handle of a prefix socket; it is no longer valid.
 * @param deadline - Point on the clock of {@link now}, in milliseconds; `-1` never, `0` don't wait.
 * @throws {@link DillError}
 * - `EBADF`: the handle is not open.
 * - `EBUSY`: a coroutine uses the socket; it is closed.
 * - `ECANCELED`: the coroutine is being canceled, and the peer's end had not come before.
 * - `ECONNRESET`: the connection is broken, or an earlier send was cut in the middle.
 * - `EINVAL`: the deadline is none; the handle stays open.
 * - `ENOTSUP`: the handle is not a prefix socket; it stays open.
 * - `ETIMEDOUT`: the deadline came before the peer's end.
 * @remarks Cancellation: the socket is closed, as by {@link hclose}.
 * @example The last message arrives, whatever the peer still sends
 * ```ts
 * yield* msend(messages, Buffer.from("goodbye"), deadline);
 * yield* prefixClose(messages, now() + 1000);
 * ```
 * Source: none in libdill; after {@link tcpClose}.
 */
export function prefixClose(s: PrefixSocket, deadline: number): Operation<void> {
  return closeLayer(s, kind, deadline, "prefix_close");
}

class Prefix implements Framing {
  readonly reader: Reader<Buffer>;
  private readonly hdrlen: number;
  private readonly littleEndian: boolean;

  constructor(hdrlen: number, options: PrefixOptions | undefined) {
    if (!Number.isInteger(hdrlen) || hdrlen < 1 || hdrlen > 8) {
      const message = `a header has from 1 to 8 bytes, not ${textOf(hdrlen)}`;
      throw dillError("EINVAL", "prefix_attach", { message });
    }
    const given = new Options(options, "prefix_attach");
    this.hdrlen = hdrlen;
    this.littleEndian = given.flag("littleEndian", false);
    this.reader = new PrefixReader(hdrlen, this.littleEndian, readMaxSize(given, 2 ** 24));
  }

  frame(list: readonly Uint8Array[], syscall: string): readonly Uint8Array[] {
    const length = lengthOf(list);
    if (length >= 256 ** this.hdrlen) {
      const message = `a header of ${this.hdrlen} bytes can't say ${length}`;
      throw dillError("EMSGSIZE", syscall, { message });
    }
    return [headerOf(length, this.hdrlen, this.littleEndian), ...list];
  }
}

function headerOf(length: number, hdrlen: number, littleEndian: boolean): Uint8Array {
  const header = new Uint8Array(hdrlen);
  let rest = length;
  for (let i = 0; i < hdrlen; i++) {
    header[littleEndian ? i : hdrlen - 1 - i] = rest % 256;
    rest = Math.floor(rest / 256);
  }
  return header;
}

/** How much memory a message gets before more of it has come than that. */
const firstPart = 65536;

class PrefixReader implements Reader<Buffer> {
  private readonly hdrlen: number;
  private readonly littleEndian: boolean;
  private readonly maxSize: number;
  /** Of the message under way, whose header has come. */
  private length = 0;
  /** What has come of that; it grows, because a header alone must cost no memory. */
  private body: Buffer | null = null;
  private filled = 0;
  /** How many bytes of the next header wait in the queue. */
  private headed = 0;

  constructor(hdrlen: number, littleEndian: boolean, maxSize: number) {
    this.hdrlen = hdrlen;
    this.littleEndian = littleEndian;
    this.maxSize = maxSize;
  }

  read(bytes: ByteQueue): Buffer | undefined {
    if (this.body === null) {
      this.headed = bytes.length;
      if (this.headed < this.hdrlen) return undefined;
      this.headed = 0;
      this.length = this.readHeader(bytes);
      this.body = Buffer.allocUnsafe(Math.min(this.length, firstPart));
      this.filled = 0;
    }
    let { body } = this;
    this.filled += bytes.moveTo(body, this.filled);
    while (this.filled === body.length && body.length < this.length) {
      body = Buffer.concat([body], Math.min(this.length, 2 * body.length));
      this.filled += bytes.moveTo(body, this.filled);
    }
    this.body = this.filled < this.length ? body : null;
    return this.body === null ? body : undefined;
  }

  private readHeader(bytes: ByteQueue): number {
    let length = 0;
    for (let i = 0; i < this.hdrlen; i++) length = length * 256 + this.digit(bytes, i);
    if (length > this.maxSize) throw sizeError(this.exactLength(bytes), this.maxSize);
    bytes.drop(this.hdrlen);
    return length;
  }

  /** A number has no room for eight bytes. */
  private exactLength(bytes: ByteQueue): bigint {
    let length = 0n;
    for (let i = 0; i < this.hdrlen; i++) length = length * 256n + BigInt(this.digit(bytes, i));
    return length;
  }

  /** Of the header, the highest first. */
  private digit(bytes: ByteQueue, i: number): number {
    return bytes.byteAt(this.littleEndian ? this.hdrlen - 1 - i : i);
  }

  get missing(): number {
    return this.body === null ? this.hdrlen - this.headed : this.length - this.filled;
  }

  get isBetween(): boolean {
    return this.body === null;
  }

  giveBack(): Uint8Array | undefined {
    const { body } = this;
    this.headed = 0;
    if (body === null) return undefined;
    this.body = null;
    const header = headerOf(this.length, this.hdrlen, this.littleEndian);
    return Buffer.concat([header, body.subarray(0, this.filled)]);
  }
}
