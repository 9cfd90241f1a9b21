// Messages on a bytestream: what prefix, suffix and their like share. A protocol says how a message is framed and read.
import type { Handle } from "../handles/index.js";
import { type Event, type Operation, type Readable, readableType } from "../kernel/index.js";
import type { ByteQueue } from "./byteQueue.js";
import type { BytestreamMethods } from "./bytestream.js";
import { brokenError } from "./direction.js";
import type { ReceiveTarget } from "./iolist.js";
import { Layer, type LayerKind } from "./layer.js";
import { type MessageMethods, messageType } from "./message.js";
import type { Reader } from "./reader.js";
import { receiveIntoWith } from "./receivingInto.js";
import { checkIdle, hasFailed, leaveCarrier, receiveWith } from "./receiveWith.js";

/** How messages stand in a bytestream. */
export interface Framing {
  readonly reader: Reader<Buffer>;
  /** The bytes of one message. Throws EINVAL or EMSGSIZE if it can't be sent. */
  frame(list: readonly Uint8Array[], syscall: string): readonly Uint8Array[];
}

export class Framed
  extends Layer<BytestreamMethods>
  implements MessageMethods, Readable, Reader<Buffer>
{
  private readonly framing: Framing;
  /** Messages that were read and not received yet. */
  private readonly kept: Buffer[] = [];
  /** What was wrong behind them. */
  private failure: { readonly error: unknown } | null = null;

  constructor(carrier: Handle, methods: BytestreamMethods, kind: LayerKind, framing: Framing) {
    super(carrier, methods, kind);
    this.framing = framing;
  }

  override query(type: unknown): unknown {
    if (type === messageType) return this;
    if (type === readableType && this.methods.whenReadableWith !== undefined) return this;
    return super.query(type);
  }

  send(list: readonly Uint8Array[], deadline: number, syscall = "msend"): Operation<void> {
    this.methods.checkSend?.(syscall);
    return this.methods.send(this.framing.frame(list, syscall), deadline, syscall);
  }

  receive(deadline: number, syscall = "mrecv"): Operation<Buffer> {
    return receiveWith(this.methods, this, deadline, syscall);
  }

  receiveInto(
    targets: readonly ReceiveTarget[],
    deadline: number,
    syscall = "mrecv",
  ): Operation<number> {
    return receiveIntoWith(this.methods, this, targets, deadline, syscall);
  }

  whenReadable(syscall: string): Event<void> {
    const methods = this.methods as Required<BytestreamMethods>; // query() has looked
    return methods.whenReadableWith(new Peeking(this), syscall);
  }

  read(bytes: ByteQueue): Buffer | undefined {
    if (this.kept.length > 0) return this.kept.shift();
    if (this.failure !== null) throw this.failure.error;
    return this.framing.reader.read(bytes);
  }

  get missing(): number {
    return this.framing.reader.missing;
  }

  get isBetween(): boolean {
    return this.kept.length === 0 && this.framing.reader.isBetween;
  }

  putBack(message: Buffer): void {
    this.kept.unshift(message);
  }

  giveBack(): Uint8Array | undefined {
    const rest = this.framing.reader.giveBack();
    if (this.kept.length === 0) return rest;
    const whole = this.kept.splice(0).flatMap((message) => this.framing.frame([message], ""));
    return Buffer.concat(rest === undefined ? whole : [...whole, rest]);
  }

  /** Reads a message, or fails, ahead of the receive which gets either. True: it has done so. */
  readAhead(bytes: ByteQueue): true | undefined {
    try {
      const message = this.read(bytes);
      if (message === undefined) return undefined;
      this.putBack(message);
      return true;
    } catch (error) {
      this.failure = { error };
      return true;
    }
  }

  checkIdle(syscall: string): void {
    checkIdle(this.methods, syscall);
  }

  checkSend(syscall: string): void {
    this.methods.checkSend?.(syscall);
  }

  get isBroken(): boolean {
    return this.failure !== null || hasFailed(this.methods);
  }

  leave(syscall: string): void {
    if (this.failure !== null) throw brokenError(syscall);
    leaveCarrier(this.methods, this, syscall);
  }
}

/** Looks for a message, on behalf of the receive that will take it. */
class Peeking implements Reader<true> {
  private readonly framed: Framed;

  constructor(framed: Framed) {
    this.framed = framed;
  }

  read(bytes: ByteQueue): true | undefined {
    return this.framed.readAhead(bytes);
  }

  get missing(): number {
    return this.framed.missing;
  }

  get isBetween(): boolean {
    return this.framed.isBetween;
  }

  giveBack(): undefined {}
}
