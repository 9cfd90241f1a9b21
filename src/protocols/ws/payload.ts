// The payload of a message under way, frame by frame. It grows, because a header alone must cost no memory.
import type { ByteQueue } from "../../sockets/index.js";

/** How much memory it gets before more has come than that. */
const firstPart = 65536;

export class Payload {
  bytes: Buffer;
  length = 0;

  constructor() {
    this.bytes = nothing;
  }

  /** Takes what has come of a frame, of which so many bytes are left. Returns how many there were. */
  take(queue: ByteQueue, left: number, isLast: boolean): number {
    const wanted = this.length + left;
    const before = this.length;
    while (this.length < wanted && queue.length > 0) {
      if (this.length === this.bytes.length) this.grow(wanted, isLast);
      this.length += queue.moveTo(this.bytes, this.length, wanted);
    }
    return this.length - before;
  }

  /** Doubles: a peer that sends frames of a byte must not have each of them copied again and again. */
  private grow(wanted: number, isLast: boolean): void {
    const next = Math.max(2 * this.length, firstPart);
    const size = isLast
      ? Math.min(wanted, next)
      : Math.max(Math.min(wanted, firstPart), 2 * this.length);
    const bytes = Buffer.allocUnsafe(size);
    if (this.length > 0) bytes.set(this.bytes.subarray(0, this.length));
    this.bytes = bytes;
  }

  /** All of it; a new one begins. */
  finish(): Buffer {
    const { bytes, length } = this;
    this.bytes = nothing;
    this.length = 0;
    if (length === 0) return Buffer.alloc(0);
    return length === bytes.length ? bytes : bytes.subarray(0, length);
  }
}

const nothing: Buffer = Buffer.alloc(0);
