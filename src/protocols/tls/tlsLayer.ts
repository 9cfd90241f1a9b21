// A bytestream that is encrypted, on top of any other. Whoever receives or sends here does so there, with an engine in between:
//
//   receive   carrier ──records──▶ engine ──▶ plain ──▶ receiver      one record at a time, and none ahead
//   send      sender ──▶ engine ──records──▶ carrier                  done when the carrier has them
//   post      what the engine sends by itself: tickets, key updates, alerts, the end
//
// So deadlines, cancellations and EBUSY are the carrier's, nothing is read ahead, and what stands behind the end of TLS is left there.
import type { Handle } from "../../handles/index.js";
import type { TlsEngine, TlsEvents } from "../../host/tls/index.js";
import {
  type Event,
  type Operation,
  operation,
  type Readable,
  readableType,
  type Waiter,
} from "../../kernel/index.js";
import {
  brokenError,
  type ByteQueue,
  type BytestreamMethods,
  bytestreamType,
  checkIdle,
  Direction,
  failureError,
  hasFailed,
  Inbox,
  Layer,
  type LayerKind,
  type Reader,
  type ReceiveTarget,
} from "../../sockets/index.js";
import { closeAfterFarewell, isInUse } from "./closing.js";
import { drainThrough } from "./draining.js";
import { Some } from "./filling.js";
import { Posted } from "./posted.js";
import { recordLength, takeRecord } from "./records.js";
import { Peeking, TlsFilling, TlsReceiving } from "./tlsReceiving.js";
import { sendThrough } from "./tlsSending.js";

export const tlsKind: LayerKind = { name: "a tls socket" };

export class Tls
  extends Layer<BytestreamMethods>
  implements BytestreamMethods, Readable, TlsEvents
{
  readonly engine: TlsEngine;
  readonly allowTruncation: boolean;
  /** What was decrypted, and nobody has taken. */
  readonly plain: Inbox = new Inbox();
  readonly outgoing: Direction = new Direction();
  torn: Reader<unknown> | null = null;
  hasEnded = false;
  isShakingHands = true;
  isClosed = false;
  /** What waits until the engine is settled. */
  settling: Waiter | null = null;
  /** What is to be sent behind the send that is under way. */
  private readonly posted = new Posted();
  /** The carrier can't be sent to: it is not asked again for each record that a flood makes the engine answer. */
  private isCutOff = false;
  /** What came was no record: the engine says what it is. */
  private isGarbage = false;

  // Only what the carrier can do, this one can.
  declare readonly post?: (bytes: Uint8Array, syscall: string) => void;
  declare readonly done?: (syscall: string) => void;
  declare readonly whenReadableWith?: (reader: Reader<unknown>, syscall: string) => Event<void>;

  constructor(
    carrier: Handle,
    methods: BytestreamMethods,
    makeEngine: (events: TlsEvents) => TlsEngine,
    allowTruncation: boolean,
  ) {
    super(carrier, methods, tlsKind);
    this.allowTruncation = allowTruncation;
    if (methods.post !== undefined) {
      this.post = (bytes, syscall) => this.sendBehind(bytes, syscall);
      this.done = (syscall) => {
        this.checkSend(syscall);
        this.endOutgoing();
      };
    }
    if (methods.whenReadableWith !== undefined) {
      const beneath = methods as Required<BytestreamMethods>;
      this.whenReadableWith = (reader, syscall) =>
        beneath.whenReadableWith(new Peeking(this, reader), syscall);
    }
    this.engine = makeEngine(this);
  }

  get carrierMethods(): BytestreamMethods {
    return this.methods;
  }

  override query(type: unknown): unknown {
    if (type === bytestreamType) return this;
    if (type === readableType && this.whenReadableWith !== undefined) return this;
    return super.query(type);
  }

  send(list: readonly Uint8Array[], deadline: number, syscall = "bsend"): Operation<void> {
    return operation(syscall, () => sendThrough(this, list, deadline, syscall));
  }

  receive(list: readonly ReceiveTarget[], deadline: number, syscall = "brecv"): Operation<void> {
    return new TlsFilling(this, list, deadline, syscall);
  }

  receiveSome(
    into: number | Uint8Array,
    deadline: number,
    syscall = "brecv_some",
  ): Operation<Buffer> {
    return this.receiveWith(new Some(this, into), deadline, syscall);
  }

  receiveWith<T>(reader: Reader<T>, deadline: number, syscall: string): Operation<T> {
    return new TlsReceiving(this, reader, deadline, syscall);
  }

  drain(deadline: number, syscall: string): Operation<void> {
    return operation(syscall, () => drainThrough(this, this.methods, deadline, syscall));
  }

  whenReadable(syscall: string): Event<void> {
    const beneath = this.methods as Required<BytestreamMethods>; // query() has looked
    return beneath.whenReadableWith(new Peeking(this, new Some(this, 0)), syscall);
  }

  unread(bytes: Uint8Array): void {
    this.plain.putBack(bytes);
  }

  /** Hands the engine the next record. False: it has not come yet. */
  passRecord(bytes: ByteQueue): boolean {
    const length = this.isGarbage ? Infinity : recordLength(bytes);
    if (length === undefined || bytes.length === 0) return false;
    if (length === Infinity) this.isGarbage = true;
    else if (bytes.length < length) return false;
    takeRecord(bytes, Math.min(length, bytes.length), (record) => this.engine.decrypt(record));
    if (!this.isShakingHands) this.passOn();
    return true;
  }

  decrypted(bytes: Buffer): void {
    this.plain.add(bytes);
  }

  /** Sends what the engine has made by itself. A carrier without `post` gets it with the next send. */
  passOn(): void {
    const { methods } = this;
    if (methods.post === undefined) return;
    const records = this.engine.takeOutput();
    try {
      if (!this.isCutOff) for (const record of records) methods.post(record, "post");
    } catch {
      this.isCutOff = true; // whoever sends is told
      this.outgoing.break();
    }
  }

  emerged(): void {
    if (!this.isShakingHands) this.passOn();
  }

  settled(): void {
    this.takeSettling()?.fire();
  }

  private takeSettling(): Waiter | null {
    const { settling } = this;
    this.settling = null;
    return settling;
  }

  private sendBehind(bytes: Uint8Array, syscall: string): void {
    this.checkOutgoing(syscall);
    if (this.outgoing.user === null) this.encryptPosted([bytes]);
    else if (!this.posted.add(bytes)) {
      this.outgoing.break();
      throw brokenError(syscall);
    }
  }

  /** The send that was under way is over. */
  released(): void {
    const list = this.posted.takeAll();
    if (list.length > 0 && this.outgoing.state === "open") this.encryptPosted(list);
  }

  private encryptPosted(list: readonly Uint8Array[]): void {
    this.engine.encrypt(list);
    this.passOn();
  }

  /** The engine's last record tells the peer. */
  endOutgoing(): void {
    this.outgoing.state = "done";
    this.engine.end();
    this.passOn();
  }

  checkSend(syscall: string): void {
    this.outgoing.checkIdle(syscall);
    this.checkOutgoing(syscall);
    this.methods.checkSend?.(syscall);
  }

  private checkOutgoing(syscall: string): void {
    if (this.engine.failure !== null) this.outgoing.break();
    this.outgoing.checkOpen(syscall);
  }

  checkIdle(syscall: string): void {
    this.outgoing.checkIdle(syscall);
    checkIdle(this.methods, syscall);
  }

  get isBroken(): boolean {
    const hasBroken = this.torn !== null || this.engine.failure !== null;
    return hasBroken || this.outgoing.state === "broken" || hasFailed(this.methods);
  }

  /** Throws what the engine has found wrong, or that something has failed in the middle. */
  checkUnbroken(syscall: string): void {
    this.checkEngine(syscall);
    if (this.isBroken) throw brokenError(syscall);
  }

  checkEngine(syscall: string): void {
    const { failure } = this.engine;
    if (failure !== null) throw failureError(failure, syscall);
  }

  leave(): void {}

  /** A peer that was told of the end must hear of it, even if the engine needs another turn to say so. */
  override close(): void {
    this.isClosed = true;
    this.takeSettling()?.fail("EBADF");
    if (this.outgoing.state !== "done" || this.engine.isSettled || isInUse(this)) {
      this.engine.close();
      super.close();
      return;
    }
    closeAfterFarewell(this);
  }
}
