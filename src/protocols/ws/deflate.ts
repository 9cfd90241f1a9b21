// permessage-deflate (RFC 7692): messages that refer to those before them.
//
// A direction's memory is what the last messages were, up to the window, and not a stream of zlib's: so a message is
// compressed, or the opposite, in one step, inside the operation that sends it, or the reader that has found its end.
import { codecs } from "../../host/codecs/index.js";
import { lengthOf } from "../limits.js";

/** What both peers have agreed on for one direction. */
export interface Compression {
  /** Messages refer to those before them. */
  readonly hasMemory: boolean;
  /** Up to 2 to the power of so many bytes back. */
  readonly windowBits: number;
}

/** Ends each compressed message, and is not sent. */
const tail = [0x00, 0x00, 0xff, 0xff];
/** An empty last block. Only what is whole leads to it: a message that stops inside a block would take the tail for its rest. */
const lastBlock = [0x01, 0x00, 0x00, 0xff, 0xff];

/** The last bytes that have gone through one direction. */
class Memory {
  private readonly size: number;
  bytes: Uint8Array = new Uint8Array(0);

  constructor({ hasMemory, windowBits }: Compression) {
    this.size = hasMemory ? 2 ** windowBits : 0;
  }

  add(message: Uint8Array): void {
    if (this.size === 0) return;
    const recent = message.subarray(Math.max(message.length - this.size, 0));
    const older = this.bytes.subarray(Math.max(this.bytes.length + recent.length - this.size, 0));
    this.bytes = Buffer.concat([older, recent]);
  }
}

/** A message, and what it is compressed. */
export interface Deflated {
  readonly message: Buffer;
  readonly bytes: Buffer;
}

export class Deflater {
  private readonly memory: Memory;
  private readonly windowBits: number;
  private readonly threshold: number;

  constructor(compression: Compression, threshold: number) {
    this.memory = new Memory(compression);
    this.windowBits = compression.windowBits;
    this.threshold = threshold;
  }

  /** The message compressed; undefined: it is better sent as it is. */
  compress(list: readonly Uint8Array[]): Deflated | undefined {
    const length = lengthOf(list);
    if (length < this.threshold) return undefined;
    const message = Buffer.concat(list);
    const all = codecs().deflate(message, this.windowBits, this.memory.bytes);
    const bytes = all.subarray(0, all.length - tail.length);
    return bytes.length < length ? { message, bytes } : undefined;
  }

  /** The message has been sent, so that the next one may refer to it. */
  sent({ message }: Deflated): void {
    this.memory.add(message);
  }
}

export class Inflater {
  private readonly memory: Memory;

  constructor(compression: Compression) {
    // A peer may refer back as far as DEFLATE can, whatever it has promised.
    this.memory = new Memory({ ...compression, windowBits: 15 });
  }

  /** The message; undefined: it is longer than so many bytes. Throws if it can't be told. */
  inflate(bytes: Uint8Array, most: number): Buffer | undefined {
    const all = Buffer.concat([bytes, Uint8Array.from([...tail, ...lastBlock])]);
    const inflated = codecs().inflate(all, this.memory.bytes, most, true);
    if (inflated === undefined || inflated.data.length > most) return undefined;
    const { data, used = all.length } = inflated;
    const isPart = used < all.length ? used > bytes.length : this.hasTaken(data, bytes);
    if (isPart) throw new Error("the message ends inside a block");
    this.memory.add(data);
    return data;
  }

  /** Whether the data end with the tail: a block of bytes that are not compressed lacked just as many. */
  private hasTaken(data: Buffer, bytes: Uint8Array): boolean {
    if (!tail.every((byte, i) => data.at(i - tail.length) === byte)) return false;
    const alone = codecs().inflate(bytes, this.memory.bytes, data.length, false);
    return alone?.data.length !== data.length;
  }
}

/** How long a compressed message may be whose text is not longer than so many bytes. */
export function compressedSize(most: number): number {
  return most + Math.ceil(most / 2048) + 64;
}
