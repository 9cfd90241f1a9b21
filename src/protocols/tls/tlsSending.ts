// Sending through TLS: a piece is encrypted, the carrier sends its records, and the next piece's turn comes.
import { dillError } from "../../errors/index.js";
import type { TlsEngine } from "../../host/tls/index.js";
import { type Operation, readDeadline, type Steps, type Waiter } from "../../kernel/index.js";
import { type BytestreamMethods, type Direction, Holding } from "../../sockets/index.js";
import { Settling } from "./settling.js";

/** A TLS socket, as far as sending knows it. */
export interface Encrypter {
  readonly methods: BytestreamMethods;
  readonly engine: TlsEngine;
  readonly outgoing: Direction;
  readonly isClosed: boolean;
  settling: Waiter | null;
  /** Some of what is to be sent has been encrypted, and not all of it was sent. */
  isAmidst: boolean;
  checkSend(syscall: string, by: object | null): void;
  /** Throws unless the direction is open. */
  checkOutgoing(syscall: string): void;
  /** Nobody sends any more. */
  sent(): void;
}

/** How many bytes are encrypted at a time: what lies in memory besides the sender's own. */
const pieceLength = 131_072;

/** What is encrypted and not sent can't be sent later in another order, so that being cut short breaks the direction. */
export class TlsSending extends Holding<void, void> {
  readonly syscall: string;
  private readonly tls: Encrypter;
  private readonly list: readonly Uint8Array[];
  private readonly deadline: number;
  private readonly by: object | null;

  constructor(
    tls: Encrypter,
    list: readonly Uint8Array[],
    deadline: number,
    syscall: string,
    by: object | null = null,
  ) {
    super();
    this.syscall = syscall;
    this.tls = tls;
    this.list = list;
    this.deadline = deadline;
    this.by = by;
  }

  protected seize(): Direction {
    readDeadline(this.deadline, this.syscall);
    this.tls.checkSend(this.syscall, this.by);
    return this.tls.outgoing;
  }

  protected delegate(): Steps<void> | Operation<void> {
    const { list, tls } = this;
    const length = lengthOf(list);
    const isPiece = tls.engine.isSettled && length > 0 && length <= pieceLength;
    return isPiece ? this.sendPiece(list) : this.sendPieces();
  }

  private *sendPieces(): Steps<void> {
    const { tls, deadline, syscall } = this;
    const pieces = new Pieces(this.list, syscall);
    while (!pieces.areAll) {
      if (!tls.engine.isSettled) yield* new Settling(tls, deadline, syscall);
      yield* this.sendPiece(pieces.next());
      tls.isAmidst = !pieces.areAll;
    }
  }

  private sendPiece(piece: readonly Uint8Array[]): Operation<void> {
    const { tls, deadline, syscall } = this;
    tls.checkOutgoing(syscall); // a receiver may have found the peer's records to be none
    tls.isAmidst = true;
    tls.engine.encrypt(piece);
    return tls.methods.send(tls.engine.takeOutput(), deadline, syscall);
  }

  protected result(): void {
    this.tls.isAmidst = false;
  }

  protected override released(): void {
    this.tls.sent();
  }

  protected copy(): TlsSending {
    return new TlsSending(this.tls, this.list, this.deadline, this.syscall, this.by);
  }
}

function lengthOf(list: readonly Uint8Array[]): number {
  return list.reduce((sum, bytes) => sum + bytes.length, 0);
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
