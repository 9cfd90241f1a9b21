// Bytes that have arrived and that nobody has asked for yet.
export class Inbox {
  readonly #chunks: Buffer[] = [];
  /** How much of the first chunk is gone. */
  #offset = 0;
  length = 0;

  push(bytes: Buffer): void {
    if (bytes.length === 0) return;
    this.#chunks.push(bytes);
    this.length += bytes.length;
  }

  /** Moves bytes into the target, from a place in it on. Returns how many there were. */
  moveTo(target: Uint8Array, from: number): number {
    return this.#consume(target.length - from, (chunk, start, end, done) => {
      target.set(chunk.subarray(start, end), from + done);
    });
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
