// Bytes that have arrived before a coroutine asked for them.
//
//   chunks:  [ large ] [ large ] [ block: aabbbc.... ]     each large chunk has a buffer of its own;
//              ^offset                    ^filled          small chunks share a block while others wait
//
// Without blocks, a peer that sends byte by byte would make the inbox keep an object for each byte.
//
// Bytes arrive on loan, in the buffer that the host reads into. A waiting receiver moves its bytes from there to
// where they belong; when the loan ends, the inbox copies the rest into a chunk.

import type { ByteQueue } from "./byteQueue.js";

/** How much a block holds; a chunk of that size is large. */
const blockSize = 4096;
/** Up to so many bytes, a loop is faster than Buffer's methods (bench: roundtrip). */
const fewBytes = 64;

export class Inbox implements ByteQueue {
  readonly #chunks: Buffer[] = [];
  /** The last chunk in its full size, if there is room for more in it. */
  #block: Buffer | null = null;
  #filled = 0;
  /** How much of the first chunk is gone. */
  #offset = 0;
  /** How many bytes of the only chunk are lent; 0: all chunks are our own. */
  #lent = 0;
  length = 0;

  /** The first bytes of a buffer, which may be taken from it until `keep` is called. */
  lend(buffer: Buffer, length: number): void {
    if (length === 0) return;
    if (this.length > 0) {
      this.add(buffer.subarray(0, length));
      return;
    }
    this.#chunks.push(buffer);
    this.#lent = length;
    this.length = length;
  }

  /** The loan ends: copies what is left of it. */
  keep(): void {
    if (this.#lent === 0) return;
    const [buffer] = this.#chunks;
    const rest = buffer?.subarray(this.#offset, this.#lent);
    this.#lent = 0;
    this.#chunks.length = 0;
    this.#offset = 0;
    this.length = 0;
    if (rest !== undefined) this.add(rest);
  }

  /** Copies the bytes. */
  add(bytes: Buffer): void {
    if (bytes.length === 0) return;
    const isFirst = this.length === 0;
    this.length += bytes.length;
    if (bytes.length >= blockSize) this.#addChunk(ownCopy(bytes));
    else if (isFirst) this.#addChunk(Buffer.from(bytes));
    else this.#addSmall(bytes);
  }

  /** The same with bytes in memory of their own, which is the inbox's from now on. */
  give(bytes: Buffer): void {
    if (bytes.length < blockSize || !hasOwnMemory(bytes)) {
      this.add(bytes);
      return;
    }
    this.length += bytes.length;
    this.#addChunk(bytes);
  }

  #addChunk(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#block = null;
  }

  #addSmall(bytes: Buffer): void {
    if (this.#block === null || this.#filled + bytes.length > blockSize) {
      this.#block = Buffer.allocUnsafe(blockSize);
      this.#filled = 0;
      this.#chunks.push(this.#block);
    }
    this.#block.set(bytes, this.#filled);
    this.#filled += bytes.length;
    this.#chunks[this.#chunks.length - 1] = this.#block.subarray(0, this.#filled);
  }

  byteAt(index: number): number {
    if (index >= this.length) return -1;
    const first = this.#chunks[0] as Buffer;
    if (index < this.#leftIn(first)) return first[this.#offset + index] as number;
    let at = index;
    for (const [i, chunk] of this.#chunks.entries()) {
      const count = i === 0 ? this.#leftIn(chunk) : chunk.length;
      if (at < count) return chunk[i === 0 ? this.#offset + at : at] as number;
      at -= count;
    }
    return -1;
  }

  indexOf(bytes: Uint8Array, from = 0): number {
    const first = this.#cutFirst();
    // A number is found in a fifth of the time (bench: lines).
    const wanted = bytes.length === 1 ? (bytes[0] as number) : bytes;
    const place = first?.indexOf(wanted, this.#offset + Math.max(from, 0)) ?? -1;
    if (place >= 0) return place - this.#offset;
    return this.#chunks.length < 2 ? -1 : this.#indexInAll(bytes, from);
  }

  #indexInAll(bytes: Uint8Array, from: number): number {
    let start = 0;
    for (const [i, chunk] of this.#chunks.entries()) {
      const unread = i === 0 ? this.#unread(chunk) : chunk;
      const end = start + unread.length;
      if (end > from) {
        const found = unread.indexOf(bytes, Math.max(from - start, 0));
        if (found >= 0) return start + found;
        const straddling = this.#straddling(bytes, Math.max(from, end - bytes.length + 1), end);
        if (straddling >= 0) return straddling;
      }
      start = end;
    }
    return -1;
  }

  /** Where the bytes begin in one chunk and end in a later one. */
  #straddling(bytes: Uint8Array, from: number, end: number): number {
    if (end === this.length) return -1;
    for (let at = from; at < end && at + bytes.length <= this.length; at++) {
      if (bytes.every((byte, i) => this.byteAt(at + i) === byte)) return at;
    }
    return -1;
  }

  first(): Buffer | undefined {
    const chunk = this.#cutFirst();
    return chunk === undefined ? undefined : this.#unread(chunk);
  }

  /** The first chunk, without what the host's buffer holds behind it: bytes are looked for there again and again. */
  #cutFirst(): Buffer | undefined {
    const chunk = this.#chunks[0];
    if (chunk === undefined || this.#lent === 0 || this.#lent === chunk.length) return chunk;
    const cut = chunk.subarray(0, this.#lent);
    this.#chunks[0] = cut;
    return cut;
  }

  /** Of the first chunk. */
  #unread(chunk: Buffer): Buffer {
    if (this.#offset === 0 && this.#leftIn(chunk) === chunk.length) return chunk;
    return chunk.subarray(this.#offset, this.#offset + this.#leftIn(chunk));
  }

  moveTo(target: Uint8Array, from: number, to: number = target.length): number {
    const end = Math.min(to, target.length);
    let at = from;
    for (let chunk = this.#chunks[0]; chunk !== undefined; chunk = this.#chunks[0]) {
      const count = Math.min(end - at, this.#leftIn(chunk));
      if (count <= 0) break; // less: the target has become shorter
      copy(chunk, this.#offset, target, at, count);
      at += count;
      this.#pass(chunk, count);
    }
    return at - from;
  }

  /**
   * The memory is the taker's alone. A taker may transfer it to a worker, which detaches all of an ArrayBuffer: a view
   * of a chunk would take along bytes that somebody else has yet to receive.
   */
  take(most: number): Buffer | undefined {
    const chunk = this.#chunks[0];
    if (chunk === undefined) return undefined;
    const count = Math.min(most, this.#leftIn(chunk));
    const isWhole = this.#lent === 0 && count === chunk.length && hasOwnMemory(chunk);
    const bytes = isWhole ? chunk : ownCopy(chunk.subarray(this.#offset, this.#offset + count));
    this.#pass(chunk, count);
    return bytes;
  }

  /** Moves bytes to the beginning of the target. Returns what it has filled. */
  fill(target: Uint8Array): Buffer {
    return Buffer.from(target.buffer, target.byteOffset, this.moveTo(target, 0));
  }

  /** Bytes that were taken come first again. */
  putBack(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    const [first] = this.#chunks;
    if (first !== undefined && this.#offset > 0) {
      this.#chunks[0] = first.subarray(this.#offset);
      this.#block = null;
      this.#offset = 0;
    }
    this.#chunks.unshift(Buffer.from(bytes));
    this.length += bytes.length;
    if (this.#chunks.length === 1) this.#block = null;
  }

  drop(most: number): number {
    let dropped = 0;
    for (let chunk = this.#chunks[0]; chunk !== undefined; chunk = this.#chunks[0]) {
      const count = Math.min(most - dropped, this.#leftIn(chunk));
      if (count === 0) break;
      dropped += count;
      this.#pass(chunk, count);
    }
    return dropped;
  }

  #leftIn(chunk: Buffer): number {
    return (this.#lent > 0 ? this.#lent : chunk.length) - this.#offset;
  }

  #pass(chunk: Buffer, count: number): void {
    this.length -= count;
    if (count < this.#leftIn(chunk)) {
      this.#offset += count;
      return;
    }
    this.#chunks.shift();
    this.#offset = 0;
    this.#lent = 0;
    if (this.#chunks.length === 0) this.#block = null;
  }
}

/** In memory of its own. `Buffer.from` puts small copies into Node's pool, beside the bytes of unrelated code. */
function ownCopy(bytes: Buffer): Buffer {
  const own = Buffer.allocUnsafeSlow(bytes.length);
  own.set(bytes);
  return own;
}

/** Small chunks don't: they share a block or Node's pool. */
function hasOwnMemory(chunk: Buffer): boolean {
  return chunk.length >= blockSize && chunk.buffer.byteLength === chunk.length;
}

function copy(from: Buffer, start: number, to: Uint8Array, at: number, count: number): void {
  if (count > fewBytes) {
    from.copy(to, at, start, start + count);
    return;
  }
  for (let i = 0; i < count; i++) to[at + i] = from[start + i] as number;
}
