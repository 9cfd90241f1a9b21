// Bytes that have arrived and that nobody has asked for yet.
//
//   chunks:  [ large ] [ large ] [ block: aabbbc.... ]     large chunks have a buffer each;
//              ^offset                    ^filled          small ones share a block while others wait
//
// Without blocks, a peer that dribbles bytes would make us keep an object for each of them.
//
// Bytes come as a loan, of the buffer that the host reads into. Whoever waits for them moves them from there to
// where they belong; only what is left when the loan ends is copied into a chunk.

/** How much a block holds; a chunk of that size is large. */
const blockSize = 4096;
/** Up to so many bytes, a loop is faster than Buffer's methods (bench: roundtrip). */
const fewBytes = 64;

export class Inbox {
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
      this.#add(buffer.subarray(0, length));
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
    if (rest !== undefined) this.#add(rest);
  }

  /** Copies the bytes. */
  #add(bytes: Buffer): void {
    const isFirst = this.length === 0;
    this.length += bytes.length;
    if (isFirst || bytes.length >= blockSize) {
      this.#chunks.push(Buffer.from(bytes));
      this.#block = null;
    } else this.#addSmall(bytes);
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

  /** Moves bytes into the target, from a place in it on. Returns how many there were. */
  moveTo(target: Uint8Array, from: number): number {
    let to = from;
    for (let chunk = this.#chunks[0]; chunk !== undefined; chunk = this.#chunks[0]) {
      const count = Math.min(target.length - to, this.#leftIn(chunk));
      if (count <= 0) break; // less: the target has become shorter
      copy(chunk, this.#offset, target, to, count);
      to += count;
      this.#pass(chunk, count);
    }
    return to - from;
  }

  /** Takes some bytes: at least one, if there is one, and at most so many. */
  take(most: number): Buffer | undefined {
    const chunk = this.#chunks[0];
    if (chunk === undefined) return undefined;
    const count = Math.min(most, this.#leftIn(chunk));
    const bytes = chunk.subarray(this.#offset, this.#offset + count);
    const own = this.#lent > 0 ? Buffer.from(bytes) : bytes;
    this.#pass(chunk, count);
    return own;
  }

  /** Moves bytes to the beginning of the target. Returns what it has filled. */
  fill(target: Uint8Array): Buffer {
    return Buffer.from(target.buffer, target.byteOffset, this.moveTo(target, 0));
  }

  /** Bytes that were taken come first again. */
  putBack(bytes: Uint8Array): void {
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

  /** Drops bytes. Returns how many there were. */
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
  }
}

function copy(from: Buffer, start: number, to: Uint8Array, at: number, count: number): void {
  if (count > fewBytes) {
    from.copy(to, at, start, start + count);
    return;
  }
  for (let i = 0; i < count; i++) to[at + i] = from[start + i] as number;
}
