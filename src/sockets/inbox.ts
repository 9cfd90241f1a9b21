// Bytes that have arrived and that nobody has asked for yet.
//
//   chunks:  [ large ] [ large ] [ block: aabbbc.... ]     large chunks are kept as they came;
//                                         ^filled           small ones share a block while others wait
//
// Without blocks, a peer that dribbles bytes would make us keep an object for each of them.

/** How much a block holds; a chunk of that size is large. */
const blockSize = 4096;

export class Inbox {
  readonly #chunks: Buffer[] = [];
  /** The last chunk in its full size, if there is room for more in it. */
  #block: Buffer | null = null;
  #filled = 0;
  /** How much of the first chunk is gone. */
  #offset = 0;
  length = 0;

  push(bytes: Buffer): void {
    if (bytes.length === 0) return;
    const isFirst = this.length === 0;
    this.length += bytes.length;
    if (isFirst || bytes.length >= blockSize) {
      this.#chunks.push(bytes);
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
    return this.#consume(target.length - from, (chunk, start, end, done) => {
      // A view costs more than a message's copy (bench: roundtrip).
      const isWhole = start === 0 && end === chunk.length;
      target.set(isWhole ? chunk : chunk.subarray(start, end), from + done);
    });
  }

  /** Takes some bytes as they are, without a copy: at least one, if there is one, and at most so many. */
  take(most: number): Buffer | undefined {
    const chunk = this.#chunks[0];
    if (chunk === undefined) return undefined;
    const bytes = chunk.subarray(this.#offset, this.#offset + most);
    this.drop(bytes.length);
    return bytes;
  }

  /** Drops bytes. Returns how many there were. */
  drop(count: number): number {
    return this.#consume(count, () => {});
  }

  #consume(
    wanted: number,
    take: (chunk: Buffer, start: number, end: number, done: number) => void,
  ): number {
    let done = 0;
    while (done < wanted) {
      const chunk = this.#chunks[0];
      if (chunk === undefined) break;
      const start = this.#offset;
      const end = Math.min(chunk.length, start + wanted - done);
      take(chunk, start, end, done);
      done += end - start;
      this.#offset = end;
      if (end < chunk.length) break;
      this.#chunks.shift();
      this.#offset = 0;
    }
    this.length -= done;
    return done;
  }
}
