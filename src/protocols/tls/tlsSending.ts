// Sending through TLS: a piece is encrypted, the carrier sends its records, and the next piece's turn comes.
import { dillError } from "../../errors/index.js";
import type { TlsEngine } from "../../host/tls/index.js";
import { readDeadline, type Steps, type Waiter } from "../../kernel/index.js";
import { type BytestreamMethods, type Direction, waitingBeneath } from "../../sockets/index.js";
import { Settling } from "./settling.js";

/** A TLS socket, as far as sending knows it. */
interface Encrypter {
  readonly carrierMethods: BytestreamMethods;
  readonly engine: TlsEngine;
  readonly outgoing: Direction;
  readonly isClosed: boolean;
  settling: Waiter | null;
  checkSend(syscall: string): void;
  released(): void;
}

/** How many bytes are encrypted at a time: what lies in memory besides the sender's own. */
const pieceLength = 131_072;

/** What is encrypted and not sent can't be sent later in another order, so that being cut short breaks the direction. */
export function* sendThrough(
  tls: Encrypter,
  list: readonly Uint8Array[],
  deadline: number,
  syscall: string,
): Steps<void> {
  readDeadline(deadline, syscall);
  tls.checkSend(syscall);
  const pieces = new Pieces(list, syscall);
  let isWhole = true;
  tls.outgoing.user = waitingBeneath;
  try {
    while (!pieces.areAll) {
      if (!tls.engine.isSettled) yield* new Settling(tls, deadline, syscall);
      const piece = pieces.next();
      isWhole = false;
      tls.engine.encrypt(piece);
      yield* tls.carrierMethods.send(tls.engine.takeOutput(), deadline, syscall);
      isWhole = pieces.areAll;
    }
  } finally {
    tls.outgoing.user = null;
    if (!isWhole) tls.outgoing.break();
    tls.released();
  }
}

/** What the buffers of a list come to. While they are under way, the caller may use his list again. */
class Pieces {
  private readonly list: readonly Uint8Array[];
  private readonly lengths: readonly number[];
  private readonly syscall: string;
  private item = 0;
  private offset = 0;

  constructor(list: readonly Uint8Array[], syscall: string) {
    this.list = list.filter((bytes) => bytes.length > 0);
    this.lengths = this.list.map((bytes) => bytes.length);
    this.syscall = syscall;
  }

  get areAll(): boolean {
    return this.item === this.list.length;
  }

  next(): Uint8Array[] {
    this.checkWhole();
    const piece: Uint8Array[] = [];
    let room = pieceLength;
    for (let bytes = this.list[this.item]; bytes !== undefined; bytes = this.list[this.item]) {
      const end = Math.min(bytes.length, this.offset + room);
      piece.push(bytes.subarray(this.offset, end));
      room -= end - this.offset;
      this.offset = end;
      if (end === bytes.length) {
        this.item += 1;
        this.offset = 0;
      }
      if (room === 0) break;
    }
    return piece;
  }

  private checkWhole(): void {
    const hasShrunk = (bytes: Uint8Array, i: number): boolean =>
      i >= this.item && bytes.length < (this.lengths[i] as number);
    if (!this.list.some(hasShrunk)) return;
    const message = "a buffer became shorter while it was being sent";
    throw dillError("EINVAL", this.syscall, { message });
  }
}
