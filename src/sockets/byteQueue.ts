/** Bytes that have come and that nobody has taken, the oldest first. */
export interface ByteQueue {
  readonly length: number;
  /** The byte at that place, counted from the oldest one; -1 beyond the end. */
  byteAt(index: number): number;
  /** Where the bytes begin, from a place on; -1 if they are not there as a whole. */
  indexOf(bytes: Uint8Array, from?: number): number;
  /** What lies together at the beginning, without taking it: a view, good until the queue is touched again. */
  first(): Buffer | undefined;
  /** Moves bytes into the target, from a place in it on, and up to another one or its end. Returns how many there were. */
  moveTo(target: Uint8Array, from: number, to?: number): number;
  /** Takes some bytes: at least one, if there is one, and at most so many. */
  take(most: number): Buffer | undefined;
  /** Drops bytes. Returns how many there were. */
  drop(most: number): number;
}
