// What goes in one direction of a connection, as its two ends see it, and the laws that hold between them.

/** What all flows consist of, each from another place on: no byte of it begins a delimiter. */
const letters = makeLetters(2 ** 22);

function makeLetters(length: number): Buffer {
  const bytes = Buffer.alloc(length);
  let state = 1;
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    bytes[i] = 97 + ((state >>> 16) % 26);
  }
  return bytes;
}

/** A law is broken. */
export class Violation extends Error {}

/** A message, or some bytes, that somebody has begun to send. */
interface Piece {
  readonly from: number;
  readonly to: number;
}

export class Flow {
  readonly name: string;
  /** Whether a message is received as a whole, or bytes are as they come. */
  readonly hasMessages: boolean;
  /** Whether the protocol can tell the peer of a torn stream. */
  readonly tellsTorn: boolean;
  private readonly place: number;
  private readonly pieces: Piece[] = [];
  /** Nothing was on its way when the last piece began to be sent, so that some of it has got through. */
  private hasBegun = false;
  /** What says which connection this is has not been received, and is in front of the first piece. */
  isGreeting = false;
  /** How many of the pieces the kernel has as a whole. */
  private acknowledged = 0;
  private bytesSent = 0;
  private bytesReceived = 0;
  private piecesReceived = 0;
  /** A send has failed, so that no other one may succeed. */
  hasFailed = false;
  /** A send was cut off in the middle. */
  private isTorn = false;
  /** The sender has said that this is all. */
  isDone = false;
  /** The receiver could not go on after that. */
  isCut = false;
  /** The wire breaks, or an end was closed while the other was still at work: then anything may be lost. */
  isDisturbed = false;
  /** How many bytes a receive under way may have taken. */
  wanted = 0;
  /** What comes now is dropped, and held up no more. */
  isDropped = false;
  /** The receiver has closed in order: it has taken all that came up to the end. */
  isDrained = false;
  /** What a send has failed with, other than what its sender wanted. */
  private refusal = "";
  /** How the last receive ended. */
  end = "";
  private readonly room: number;

  /** `room`: how many bytes may be on their way, at the most, while nobody receives. */
  constructor(name: string, i: number, hasMessages: boolean, tellsTorn: boolean, room: number) {
    this.name = name;
    this.place = i * 1013;
    this.hasMessages = hasMessages;
    this.tellsTorn = tellsTorn;
    this.room = room;
  }

  /** The bytes of the next send. */
  next(sizes: readonly number[]): Buffer[] {
    let from = this.pieces.at(-1)?.to ?? 0;
    const start = from;
    const list = sizes.map((size) => {
      from += size;
      return this.bytes(from - size, from);
    });
    this.hasBegun = !this.isGreeting && this.pieces.length === this.piecesReceived;
    this.pieces.push({ from: start, to: from });
    return list;
  }

  private bytes(from: number, to: number): Buffer {
    return Buffer.from(letters.subarray(this.place + from, this.place + to));
  }

  sent(): void {
    const piece = this.pieces.at(-1);
    if (piece === undefined) return;
    if (this.hasFailed && piece.to > piece.from)
      this.violated("a send succeeded after one that failed");
    this.acknowledged = this.pieces.length;
    this.bytesSent = piece.to;
    const onTheWay = this.bytesSent - this.bytesReceived;
    const isHeldUp = !this.isDropped && !this.isCut;
    if (isHeldUp && onTheWay > this.room + this.underWay + this.wanted)
      this.violated(`${onTheWay} bytes are on their way: nothing holds the sender up`);
  }

  /** `isInside`: a part of it may have gone. */
  sendFailed(code: string, isInside: boolean): void {
    if (!this.hasFailed && !isInside) this.refusal = code;
    if (isInside && !this.hasFailed) this.isTorn = true;
    else if (!this.hasFailed) this.hasBegun = false;
    if (this.hasFailed) this.pieces.pop(); // nothing of it has gone
    this.hasFailed = true;
  }

  /** Bytes that were received, behind all that were before; undefined: so many were dropped. */
  received(bytes: Uint8Array | number): void {
    const from = this.bytesReceived;
    const to = from + (typeof bytes === "number" ? bytes : bytes.length);
    if (to > (this.pieces.at(-1)?.to ?? 0))
      this.violated(`${to} bytes were received, and fewer sent`);
    if (typeof bytes !== "number") this.compare(bytes, from, to);
    this.bytesReceived = to;
  }

  private compare(bytes: Uint8Array, from: number, to: number): void {
    const start = this.place + from;
    if (letters.compare(bytes, 0, bytes.length, start, this.place + to) === 0) return;
    const at = bytes.findIndex((byte, i) => byte !== letters[start + i]);
    this.violated(`byte ${from + at} is not the one that was sent`);
  }

  receivedMessage(message: Uint8Array): void {
    const piece = this.pieces[this.piecesReceived];
    if (piece === undefined) return this.violated(`message ${this.piecesReceived} was never sent`);
    const { from, to } = piece;
    if (message.length !== to - from) {
      this.violated(
        `message ${this.piecesReceived} had ${to - from} bytes, and has ${message.length}`,
      );
    }
    this.compare(message, from, to);
    this.piecesReceived += 1;
    this.bytesReceived = to;
  }

  /** A message that is half read, and one that a choose has read, have left the inbox. */
  private get underWay(): number {
    return this.hasMessages && this.nextLength < Infinity ? 2 * this.nextLength : 0;
  }

  /** How long the next message is. */
  get nextLength(): number {
    const piece = this.pieces[this.piecesReceived];
    return piece === undefined ? Infinity : piece.to - piece.from;
  }

  /** No more is received. `unknown`: so many bytes may have been taken by the receive that failed. */
  ended(code: string, unknown: number): void {
    this.end = code;
    if (code === "EPIPE") this.checkWhole(unknown);
    else if (code === "ECONNRESET" && this.isDone && !this.isCut && !this.isDisturbed) {
      this.violated("a stream that ended in order is ECONNRESET");
    }
  }

  /** After EPIPE there must be all that the kernel had taken. */
  private checkWhole(unknown: number): void {
    if (this.hasMessages) {
      const lost = this.acknowledged - this.piecesReceived;
      if (lost > 0) this.violated(`EPIPE, and ${lost} messages are missing`);
      if (this.isTorn && this.hasBegun && this.piecesReceived < this.pieces.length) {
        this.violated("the end of the stream inside a message was told as EPIPE");
      }
    } else {
      const lost = this.bytesSent - this.bytesReceived;
      if (lost > unknown) this.violated(`EPIPE, and ${lost} bytes are missing`);
    }
    if (this.isTorn && this.tellsTorn) {
      this.violated("the end of a torn stream was told as EPIPE");
    }
  }

  /** When all is over. */
  checkDrained(): void {
    if (!this.isDrained || this.isDisturbed || this.refusal === "" || this.refusal === "EBADF")
      return;
    this.violated(`the receiver has closed in order, and a send was ${this.refusal}`);
  }

  violated(what: string): never {
    throw new Violation(`${this.name}: ${what}`);
  }
}
