// Readers of plain bytes: for receives of an exact number, and of whatever has come.
import { DillError, dillError } from "../../errors/index.js";
import type { ByteQueue, Inbox, Reader, ReceiveTarget } from "../../sockets/index.js";

/** A TLS socket, as far as its readers know it. */
export interface Tearable {
  /** A receive that has taken bytes and not got all: if it is over, the direction is broken. */
  torn: object | null;
  readonly plain: Inbox;
}

/** Fills buffers, and drops the bytes of gaps. What it has taken can't be given back. */
export class Filling implements Reader<true> {
  private readonly tls: Tearable;
  private readonly list: readonly ReceiveTarget[];
  private item = 0;
  private offset = 0;
  /** How long the item was when it was last looked at. */
  private wanted = 0;

  constructor(tls: Tearable, list: readonly ReceiveTarget[]) {
    this.tls = tls;
    this.list = list;
  }

  read(bytes: ByteQueue): true | undefined {
    for (;;) {
      const target = this.list[this.item];
      if (target === undefined) {
        this.tls.torn = null;
        return true;
      }
      const moved = this.tryToMove(target, bytes);
      if (moved > 0) this.tls.torn = this;
      this.offset += moved;
      if (this.offset < this.wanted) return undefined;
      this.item += 1;
      this.offset = 0;
      this.wanted = 0;
    }
  }

  /** What a buffer of the user's own class throws is for its owner. */
  private tryToMove(target: ReceiveTarget, bytes: ByteQueue): number {
    try {
      return this.moveInto(target, bytes);
    } catch (cause) {
      throw cause instanceof DillError ? cause : dillError("EIO", "brecv", { cause });
    }
  }

  private moveInto(target: ReceiveTarget, bytes: ByteQueue): number {
    const isBuffer = target instanceof Uint8Array;
    const length = isBuffer ? target.length : target.skip;
    if (length < this.wanted) {
      const message = "a buffer became shorter while it was being filled";
      throw dillError("EINVAL", "brecv", { message });
    }
    this.wanted = length;
    return isBuffer ? bytes.moveTo(target, this.offset) : bytes.drop(length - this.offset);
  }

  readonly missing = 1;
  readonly isBetween = true;

  giveBack(): undefined {}

  /** What it took can't be taken by another. */
  putBack(): void {
    this.tls.torn = this;
  }
}

/** What {@link Some} has taken into a buffer that has no memory any more. */
export const nothing: Buffer = Buffer.of();

/** Takes what has come. */
export class Some implements Reader<Buffer> {
  private readonly tls: Tearable;
  private readonly into: number | Uint8Array;

  constructor(tls: Tearable, into: number | Uint8Array) {
    this.tls = tls;
    this.into = into;
  }

  /** How many bytes it can take at once. */
  get most(): number {
    return typeof this.into === "number" ? 1 : this.into.length;
  }

  read(bytes: ByteQueue): Buffer | undefined {
    if (bytes.length === 0) return undefined;
    if (typeof this.into === "number") return bytes.take(this.into);
    if (this.into.length === 0) return nothing; // its memory was given away meanwhile
    const { buffer, byteOffset } = this.into;
    return Buffer.from(buffer, byteOffset, bytes.moveTo(this.into, 0));
  }

  readonly missing = 1;
  readonly isBetween = true;

  giveBack(): undefined {}

  putBack(taken: Buffer): void {
    this.tls.plain.putBack(taken);
  }
}
