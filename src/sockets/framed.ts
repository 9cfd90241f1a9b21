// Messages on a bytestream: what prefix, suffix and their like share. A protocol says how a message is framed and read.
import type { Handle } from "../handles/index.js";
import {
  Delegation,
  type Event,
  type Operation,
  type Readable,
  readableType,
} from "../kernel/index.js";
import type { ByteQueue } from "./byteQueue.js";
import type { BytestreamMethods } from "./bytestream.js";
import { brokenError } from "./direction.js";
import { fillTargets, noRoom, type ReceiveTarget, roomIn } from "./iolist.js";
import { Layer, type LayerKind } from "./layer.js";
import { type MessageMethods, messageType } from "./message.js";
import { hasFailed, leaveCarrier, type Reader, receiveWith } from "./reader.js";

/** How messages stand in a bytestream. */
export interface Framing {
  readonly reader: Reader<Buffer>;
  /** The bytes of one message. Throws EINVAL or EMSGSIZE if it can't be sent. */
  frame(list: readonly Uint8Array[], syscall: string): readonly Uint8Array[];
}

/** Says that the message is longer than there is room for. It has been kept. */
const tooLong: unique symbol = Symbol("too long");

export class Framed
  extends Layer<BytestreamMethods>
  implements MessageMethods, Readable, Reader<Buffer>
{
  private readonly framing: Framing;
  /** A message that was read and not received yet, or what was wrong with it. */
  private kept: Buffer | null = null;
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
    return new ReceivingInto(this.methods, this, targets, deadline, syscall);
  }

  whenReadable(syscall: string): Event<void> {
    const methods = this.methods as Required<BytestreamMethods>; // query() has looked
    return methods.whenReadableWith(new Peeking(this), syscall);
  }

  read(bytes: ByteQueue): Buffer | undefined {
    if (this.failure !== null) throw this.failure.error;
    const { kept } = this;
    if (kept === null) return this.framing.reader.read(bytes);
    this.kept = null;
    return kept;
  }

  get missing(): number {
    return this.framing.reader.missing;
  }

  get isBetween(): boolean {
    return this.kept === null && this.framing.reader.isBetween;
  }

  putBack(message: Buffer): void {
    this.kept = message;
  }

  giveBack(): Uint8Array | undefined {
    const { kept } = this;
    const rest = this.framing.reader.giveBack();
    if (kept === null) return rest;
    this.kept = null;
    return Buffer.concat([
      ...this.framing.frame([kept], ""),
      ...(rest === undefined ? [] : [rest]),
    ]);
  }

  /** Reads a message, or fails, ahead of the receive which gets either. True: it has done so. */
  readAhead(bytes: ByteQueue): true | undefined {
    try {
      if (this.kept === null) this.kept = this.read(bytes) ?? null;
      return this.kept === null ? undefined : true;
    } catch (error) {
      this.failure = { error };
      return true;
    }
  }

  checkIdle(syscall: string): void {
    this.methods.checkIdle?.(syscall);
  }

  get isBroken(): boolean {
    return this.failure !== null || hasFailed(this.methods);
  }

  leave(syscall: string): void {
    this.checkIdle(syscall);
    if (this.isBroken) throw brokenError(syscall);
    leaveCarrier(this.methods, this, syscall);
  }
}

class ReceivingInto extends Delegation<number, Buffer | typeof tooLong> {
  readonly syscall: string;
  private readonly methods: BytestreamMethods;
  private readonly framed: Framed;
  private readonly targets: readonly ReceiveTarget[];
  private readonly deadline: number;

  constructor(
    methods: BytestreamMethods,
    framed: Framed,
    targets: readonly ReceiveTarget[],
    deadline: number,
    syscall: string,
  ) {
    super();
    this.syscall = syscall;
    this.methods = methods;
    this.framed = framed;
    this.targets = targets;
    this.deadline = deadline;
  }

  protected delegate(): Operation<Buffer | typeof tooLong> {
    const reader = new Fitting(this.framed, this.targets);
    return receiveWith(this.methods, reader, this.deadline, this.syscall);
  }

  protected result(message: Buffer | typeof tooLong): number {
    if (message !== tooLong) return fillTargets(this.targets, message);
    throw noRoom(this.syscall);
  }

  protected copy(): ReceivingInto {
    const { methods, framed, targets, deadline, syscall } = this;
    return new ReceivingInto(methods, framed, targets, deadline, syscall);
  }
}

/** Reads for somebody else. */
abstract class ForFramed<T> implements Reader<T> {
  protected readonly framed: Framed;

  constructor(framed: Framed) {
    this.framed = framed;
  }

  abstract read(bytes: ByteQueue): T | undefined;

  get missing(): number {
    return this.framed.missing;
  }

  get isBetween(): boolean {
    return this.framed.isBetween;
  }

  giveBack(): undefined {}
}

class Peeking extends ForFramed<true> {
  read(bytes: ByteQueue): true | undefined {
    return this.framed.readAhead(bytes);
  }
}

class Fitting extends ForFramed<Buffer | typeof tooLong> {
  private readonly targets: readonly ReceiveTarget[];

  constructor(framed: Framed, targets: readonly ReceiveTarget[]) {
    super(framed);
    this.targets = targets;
  }

  read(bytes: ByteQueue): Buffer | typeof tooLong | undefined {
    const message = this.framed.read(bytes);
    if (message === undefined || message.length <= roomIn(this.targets)) return message;
    this.framed.putBack(message);
    return tooLong;
  }

  putBack(message: Buffer | typeof tooLong): void {
    if (message !== tooLong) this.framed.putBack(message);
  }
}
