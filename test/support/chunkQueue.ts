// Bytes that come in given chunks, for readers.
import type { ByteQueue } from "libdill-ts/impl";

export class ChunkQueue implements ByteQueue {
  private chunks: Buffer[];

  constructor(chunks: readonly (string | Uint8Array)[]) {
    this.chunks = chunks
      .map((chunk) =>
        typeof chunk === "string" ? Buffer.from(chunk, "latin1") : Buffer.from(chunk),
      )
      .filter(({ length }) => length > 0);
  }

  get length(): number {
    return this.chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  }

  byteAt(index: number): number {
    return Buffer.concat(this.chunks)[index] ?? -1;
  }

  indexOf(bytes: Uint8Array, from = 0): number {
    return Buffer.concat(this.chunks).indexOf(bytes, from);
  }

  first(): Buffer | undefined {
    return this.chunks[0];
  }

  moveTo(target: Uint8Array, from: number, to: number = target.length): number {
    const bytes = this.takeAll(Math.min(to, target.length) - from);
    target.set(bytes, from);
    return bytes.length;
  }

  take(most: number): Buffer | undefined {
    return this.chunks.length === 0 ? undefined : this.takeAll(Math.min(most, this.length));
  }

  drop(most: number): number {
    return this.takeAll(most).length;
  }

  private takeAll(most: number): Buffer {
    const all = Buffer.concat(this.chunks);
    let dropped = Math.min(most, all.length);
    while (dropped > 0) {
      const chunk = this.chunks.shift() as Buffer;
      if (chunk.length > dropped) this.chunks.unshift(chunk.subarray(dropped));
      dropped -= Math.min(dropped, chunk.length);
    }
    return all.subarray(0, Math.min(most, all.length));
  }
}
