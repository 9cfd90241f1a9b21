// Messages on a bytestream: what prefix, suffix and their like share. A protocol says how a message is framed and read.
import type { Handle } from "../handles/index.js";
import {
  type Event,
  type Operation,
  type Readable,
  readableType,
  type Steps,
} from "../kernel/index.js";
import type { BytestreamMethods } from "./bytestream.js";
import { endInOrder } from "./closeInOrder.js";
import type { ReceiveTarget } from "./iolist.js";
import { Layer, type LayerKind } from "./layer.js";
import { type MessageMethods, messageType } from "./message.js";
import { ReadAhead } from "./readAhead.js";
import type { Reader } from "./reader.js";
import { receiveIntoWith } from "./receivingInto.js";
import { checkIdle, hasFailed, receiveWith } from "./receiveWith.js";

/** How messages stand in a bytestream. */
export interface Framing {
  readonly reader: Reader<Buffer>;
  /** The bytes of one message. Throws EINVAL or EMSGSIZE if it can't be sent. */
  frame(list: readonly Uint8Array[], syscall: string): readonly Uint8Array[];
}

export class Framed extends Layer<BytestreamMethods> implements MessageMethods, Readable {
  private readonly framing: Framing;
  private readonly line: ReadAhead<Buffer>;

  constructor(carrier: Handle, methods: BytestreamMethods, kind: LayerKind, framing: Framing) {
    super(carrier, methods, kind);
    this.framing = framing;
    this.line = new ReadAhead(framing.reader, (message) => framing.frame([message], ""));
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
    return receiveWith(this.methods, this.line, deadline, syscall);
  }

  take(deadline: number, syscall: string): Buffer | undefined {
    return this.methods.takeWith?.(this.line, deadline, syscall);
  }

  receiveInto(
    targets: readonly ReceiveTarget[],
    deadline: number,
    syscall = "mrecv",
  ): Operation<number> {
    return receiveIntoWith(this.methods, this.line, targets, deadline, syscall);
  }

  whenReadable(syscall: string): Event<void> {
    return this.line.whenReadable(this.methods, syscall);
  }

  putBack(message: Buffer): void {
    this.line.putBack(message);
  }

  checkIdle(syscall: string): void {
    checkIdle(this.methods, syscall);
  }

  checkSend(syscall: string): void {
    this.methods.checkSend?.(syscall);
  }

  get isBroken(): boolean {
    return this.line.hasFailed || hasFailed(this.methods);
  }

  *end(deadline: number, syscall: string): Steps<void> {
    this.checkIdle(syscall);
    yield* endInOrder(this.methods, deadline, syscall);
  }

  leave(syscall: string): void {
    this.line.leave(this.methods, syscall);
  }
}
