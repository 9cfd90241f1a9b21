// Sending: the bytes go to the host in chunks, and the operation is done when the kernel has all of them.
import type { HostSocket } from "../host/index.js";
import type { Direction } from "./direction.js";
import { type Carrier, Transfer } from "./transfer.js";

/** How many bytes the host is handed at a time: what a broken send may leave unsent in its hands. */
const writeChunk = 65536;

/** Buffers that are shorter on average are cheaper to copy together than to hand over in a list (bench: prefix). */
const fewBytes = 2048;

export class Sending extends Transfer<void> {
  private list: readonly Uint8Array[];
  /** How long the buffers were when the operation was made; of one buffer, its offset tells enough. */
  private readonly lengths: readonly number[] | null;
  private item = 0;
  private offset = 0;

  constructor(connection: Carrier, list: readonly Uint8Array[], deadline: number, syscall: string) {
    super(connection, deadline, syscall);
    this.list = list;
    this.lengths = list.length > 1 ? list.map((bytes) => bytes.length) : null;
  }

  protected direction(): Direction {
    return this.connection.outgoing;
  }

  protected move(): boolean {
    // Once is enough: no code of the user's runs between two writes of which the kernel has taken all.
    if (this.hasShrunk()) return false;
    for (;;) {
      const pieces = this.nextPieces();
      if (pieces.length === 0) return true;
      this.hasMoved = true;
      if (!writePieces(this.connection.socket, pieces)) return false;
    }
  }

  /** A buffer whose memory was given away, or cut, while part of it was on its way. */
  private hasShrunk(): boolean {
    const { list, item, lengths } = this;
    const isWhole =
      lengths === null
        ? (list[item]?.length ?? Infinity) >= this.offset
        : list.every((bytes, i) => i < item || bytes.length >= (lengths[i] as number));
    if (isWhole) return false;
    const message = "a buffer became shorter while it was being sent";
    this.failure = { code: "EINVAL", message };
    return true;
  }

  /** What the next write carries: pieces of the buffers, as they stand. */
  private nextPieces(): Uint8Array[] {
    const pieces: Uint8Array[] = [];
    let room = writeChunk;
    for (let bytes = this.list[this.item]; bytes !== undefined; bytes = this.list[this.item]) {
      const end = Math.min(bytes.length, this.offset + room);
      const piece = end - this.offset < bytes.length ? bytes.subarray(this.offset, end) : bytes;
      if (piece.length > 0) pieces.push(piece);
      room -= piece.length;
      this.offset = end;
      if (end < bytes.length) break;
      this.item += 1;
      this.offset = 0;
      if (room === 0) break;
    }
    return pieces;
  }

  /** While it waits, the caller may use his list again. */
  protected prepareWait(): void {
    this.list = this.list.slice();
  }

  protected result(): void {}

  protected copy(): Sending {
    return new Sending(this.connection, this.list, this.deadline, this.syscall);
  }
}

function writePieces(socket: HostSocket, pieces: readonly Uint8Array[]): boolean {
  const [first] = pieces;
  if (first !== undefined && pieces.length === 1) return socket.write(first);
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
  const areShort = length < fewBytes * pieces.length;
  return areShort || socket.writev === undefined
    ? socket.write(joined(pieces, length))
    : socket.writev(pieces);
}

/** In memory of its own, since a stream that the chunk is written to may transfer that. */
function joined(pieces: readonly Uint8Array[], length: number): Buffer {
  const chunk = Buffer.allocUnsafeSlow(length);
  let offset = 0;
  for (const piece of pieces) {
    chunk.set(piece, offset);
    offset += piece.length;
  }
  return chunk;
}
