// Reading frames (RFC 6455, section 5): messages, put together from their fragments; control frames between them.
//
//   header ──▶ payload ──▶ header …        of a control frame: it is dealt with
//                 │                        of a message: its fragment is kept
//                 └──▶ the last fragment: the message
//
// Whatever a peer must not send ends the reading: it is told why in a close frame, and the receiver is.
import { dillError } from "../../errors/index.js";
import type { ByteQueue, Reader } from "../../sockets/index.js";
import { sizeError } from "../limits.js";
import { compressedSize, type Inflater } from "./deflate.js";
import {
  binary,
  close,
  continuation,
  isCloseCode,
  isCompressed,
  isFinal,
  isReserved,
  isText,
  longestControl,
  ping,
  pong,
  text,
} from "./frame.js";
import { applyMask } from "./mask.js";
import { Payload } from "./payload.js";

/** How many frames are read in one go: empty ones come by ten thousands in one chunk. */
const mostFrames = 1024;

/** A message, as its bytes. */
export interface Received {
  readonly type: "text" | "binary";
  readonly data: Buffer;
}

/** The peer's close frame has come: nothing follows. */
export const ended: unique symbol = Symbol("ended");

/** Whoever is told of what is no message. */
export interface ControlEvents {
  pinged(payload: Buffer): void;
  closed(status: number, reason: string): void;
  /** The peer has sent what it must not: it is to be told by this status. */
  refused(status: number): void;
}

export class FrameReader implements Reader<Received | typeof ended> {
  private readonly events: ControlEvents;
  /** A client masks what it sends, and a server doesn't. */
  private readonly isMasked: boolean;
  private readonly maxSize: number;
  private readonly inflater: Inflater | null;

  private readonly header = Buffer.alloc(14);
  /** How many bytes of it have come, and of how many that is known so far. */
  private filled = 0;
  private needed = 2;

  /** Of the frame under way: its first byte, what is left of its payload, and what has come of that. */
  private first = 0;
  private left = 0;
  private phase = 0;
  private readonly control = new Payload();

  /** Of the message under way: its opcode, 0 if there is none, and whether it is compressed. */
  private opcode = 0;
  private isDeflated = false;
  private readonly message = new Payload();

  private isOver = false;
  givesWay = false;

  constructor(
    events: ControlEvents,
    isMasked: boolean,
    maxSize: number,
    inflater: Inflater | null,
  ) {
    this.events = events;
    this.isMasked = isMasked;
    this.maxSize = maxSize;
    this.inflater = inflater;
  }

  read(bytes: ByteQueue): Received | typeof ended | undefined {
    this.givesWay = false;
    for (let frames = 0; frames < mostFrames; frames++) {
      if (this.isOver) return ended;
      if (!this.takeHeader(bytes) || !this.takePayload(bytes)) return undefined;
      this.filled = 0;
      this.needed = 2;
      if ((this.first & close) !== 0) this.endControl();
      else if ((this.first & isFinal) !== 0) return this.endMessage();
    }
    this.givesWay = true;
    return undefined;
  }

  /** True: the header is complete. */
  private takeHeader(bytes: ByteQueue): boolean {
    while (this.filled < this.needed) {
      const moved = bytes.moveTo(this.header, this.filled, this.needed);
      if (moved === 0) return false;
      this.filled += moved;
      if (this.filled === 2 && this.needed === 2) this.beginHeader();
      if (this.filled === this.needed) this.beginPayload();
    }
    return true;
  }

  /** Looks at the first two bytes, which say how long the header is. */
  private beginHeader(): void {
    const first = this.header[0] as number;
    const second = this.header[1] as number;
    const opcode = first & 0x0f;
    const isControl = opcode >= close;
    const isLast = (first & isFinal) !== 0;
    const length = second & 0x7f;
    if ((first & isReserved) !== 0) throw this.fault("a reserved bit is set");
    if ((first & isCompressed) !== 0 && (opcode === continuation || isControl)) {
      throw this.fault("the bit of a compressed message is set where none begins");
    }
    if ((first & isCompressed) !== 0 && this.inflater === null) {
      throw this.fault("a message is compressed, and that was not agreed on");
    }
    if (opcode > (isControl ? pong : binary)) throw this.fault(`the opcode ${opcode} is reserved`);
    if (isControl && !isLast) throw this.fault("a control frame is a fragment");
    if (isControl && length > longestControl) throw this.fault("a control frame is too long");
    if (opcode === continuation && this.opcode === 0) {
      throw this.fault("a fragment goes on with no message");
    }
    if ((opcode === text || opcode === binary) && this.opcode !== 0) {
      throw this.fault("a message begins inside another one");
    }
    if (((second & 0x80) !== 0) !== this.isMasked) {
      throw this.fault(this.isMasked ? "a frame is not masked" : "a frame is masked");
    }
    this.first = first;
    this.needed = 2 + (length < 126 ? 0 : length === 126 ? 2 : 8) + (this.isMasked ? 4 : 0);
  }

  private beginPayload(): void {
    const length = this.readLength();
    const opcode = this.first & 0x0f;
    this.left = length;
    this.phase = 0;
    if (opcode >= close) return;
    if (opcode !== continuation) {
      this.opcode = opcode;
      this.isDeflated = (this.first & isCompressed) !== 0;
    }
    const most = this.isDeflated ? compressedSize(this.maxSize) : this.maxSize;
    if (this.message.length + length > most) throw this.tooLong(this.message.length + length);
  }

  private readLength(): number {
    const { header } = this;
    const short = (header[1] as number) & 0x7f;
    if (short < 126) return short;
    const length =
      short === 126
        ? header.readUInt16BE(2)
        : header.readUInt32BE(2) * 2 ** 32 + header.readUInt32BE(6);
    if (length < (short === 126 ? 126 : 65536)) throw this.fault("a length is longer than need be");
    if (length >= 2 ** 63) throw this.fault("a length has its highest bit set");
    return length;
  }

  /** True: all of the frame has come. */
  private takePayload(bytes: ByteQueue): boolean {
    const payload = (this.first & close) === 0 ? this.message : this.control;
    const before = payload.length;
    const moved = payload.take(bytes, this.left, (this.first & isFinal) !== 0);
    if (this.isMasked) {
      const keyAt = this.needed - 4;
      applyMask(payload.bytes, before, payload.length, this.header, keyAt, this.phase);
    }
    this.phase += moved;
    this.left -= moved;
    return this.left === 0;
  }

  private endMessage(): Received {
    const type = this.opcode === text ? "text" : "binary";
    this.opcode = 0;
    const bytes = this.message.finish();
    const data =
      this.isDeflated && this.inflater !== null ? this.inflate(this.inflater, bytes) : bytes;
    if (type === "text" && !isText([data])) throw this.fault("a text is not UTF-8", 1007);
    return { type, data };
  }

  private inflate(inflater: Inflater, bytes: Buffer): Buffer {
    let data: Buffer | undefined;
    try {
      data = inflater.inflate(bytes, this.maxSize);
    } catch (cause) {
      throw this.fault("a message can't be decompressed", 1007, cause);
    }
    if (data === undefined) throw this.tooLong(undefined);
    return data;
  }

  private endControl(): void {
    const opcode = this.first & 0x0f;
    const payload = this.control.finish();
    if (opcode === ping) this.events.pinged(payload);
    else if (opcode === close) this.endAll(payload);
  }

  private endAll(payload: Buffer): void {
    const reason = payload.subarray(2);
    const status = payload.length < 2 ? 0 : payload.readUInt16BE(0);
    if (payload.length > 0 && !isCloseCode(status)) {
      throw this.fault("a close frame has a status that is none");
    }
    if (!isText([reason])) throw this.fault("a close frame has a reason that is not UTF-8", 1007);
    this.isOver = true;
    this.events.closed(status, String(reason));
  }

  private tooLong(length: number | undefined): Error {
    this.events.refused(1009);
    return sizeError(length, this.maxSize);
  }

  private fault(what: string, status = 1002, cause?: unknown): Error {
    this.events.refused(status);
    return dillError("EPROTO", "ws_recv", {
      message: `the peer violates the protocol: ${what}`,
      cause,
    });
  }

  get missing(): number {
    return this.filled < this.needed ? this.needed - this.filled : Math.max(this.left, 1);
  }

  /** A header that is complete stays until its payload is. */
  get isBetween(): boolean {
    return this.isOver || (this.filled === 0 && this.opcode === 0);
  }

  /** It is taken off where the peer has ended: nothing was taken beyond that. */
  giveBack(): undefined {}
}
