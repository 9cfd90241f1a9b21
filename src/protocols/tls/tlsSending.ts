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
  let isWhole = true;
  tls.outgoing.user = waitingBeneath;
  try {
    for (const piece of piecesOf(list, syscall)) {
      if (!tls.engine.isSettled) yield* new Settling(tls, deadline, syscall);
      tls.engine.encrypt(piece);
      isWhole = false;
      yield* tls.carrierMethods.send(tls.engine.takeOutput(), deadline, syscall);
    }
    isWhole = true;
  } finally {
    tls.outgoing.user = null;
    if (!isWhole) tls.outgoing.break();
    tls.released();
  }
}

/** While it is under way, the caller may use his list again. */
function* piecesOf(list: readonly Uint8Array[], syscall: string): Generator<Uint8Array[]> {
  const own = list.slice();
  const lengths = own.map((bytes) => bytes.length);
  let piece: Uint8Array[] = [];
  let room = pieceLength;
  for (const [i, bytes] of own.entries()) {
    for (let offset = 0; offset < (lengths[i] as number); ) {
      if (own.some((other, j) => j >= i && other.length < (lengths[j] as number))) {
        const message = "a buffer became shorter while it was being sent";
        throw dillError("EINVAL", syscall, { message });
      }
      const end = Math.min(bytes.length, offset + room);
      piece.push(bytes.subarray(offset, end));
      room -= end - offset;
      offset = end;
      if (room > 0) continue;
      yield piece;
      piece = [];
      room = pieceLength;
    }
  }
  if (piece.length > 0) yield piece;
}
