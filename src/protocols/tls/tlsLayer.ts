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
  type Steps,
  type Waiter,
} from "../../kernel/index.js";
import {
  type ByteQueue,
  type BytestreamMethods,
  bytestreamType,
  checkIdle,
  Direction,
  failureError,
  hasFailed,
  type HeldBytestream,
  Inbox,
  Layer,
  type LayerKind,
  type Reader,
  type ReceiveTarget,
} from "../../sockets/index.js";
import { closeAfterFarewell, endOf, owesFarewell } from "./closing.js";
import { drainThrough } from "./draining.js";
import { Some } from "./filling.js";
import { Posted } from "./posted.js";
import { Records } from "./records.js";
import { Peeking, takeThrough, TlsFilling, TlsReceiving } from "./tlsReceiving.js";
import { TlsHold } from "./tlsHold.js";
import { TlsSending } from "./tlsSending.js";

export const tlsKind: LayerKind = { name: "a tls socket" };

export class Tls
  extends Layer<BytestreamMethods>
  implements BytestreamMethods, Readable, TlsEvents
{
  readonly engine: TlsEngine;
  readonly allowTruncation: boolean;
  /** What was decrypted, and nobody has taken. */
  readonly plain: Inbox = new Inbox();
  readonly incoming: Direction = new Direction();
  readonly outgoing: Direction = new Direction();
  torn: object | null = null;
  hasEnded = false;
  isShakingHands = true;
  isClosed = false;
  isTorn = false;
  /** What waits until the engine is settled. */
  settling: Waiter | null = null;
  isAmidst = false;
  private readonly posted: Posted = new Posted(this);
  private readonly records = new Records();
  /** The carrier can't be sent to: it is not asked again for each record that a flood makes the engine answer. */
  private isCutOff = false;

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
      this.post = (bytes, syscall) => this.posted.post(bytes, syscall);
      this.done = (syscall) => this.sayEnd(syscall);
    }
    if (methods.whenReadableWith !== undefined) {
      const beneath = methods as Required<BytestreamMethods>;
      this.whenReadableWith = (reader, syscall) => {
        this.incoming.checkFree(syscall);
        return beneath.whenReadableWith(new Peeking(this, reader), syscall);
      };
    }
    this.engine = makeEngine(this);
  }

  override query(type: unknown): unknown {
    if (type === bytestreamType) return this;
    if (type === readableType && this.whenReadableWith !== undefined) return this;
    return super.query(type);
  }

  send(list: readonly Uint8Array[], deadline: number, syscall = "bsend"): Operation<void> {
    return new TlsSending(this, list, deadline, syscall);
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

  takeWith<T>(reader: Pick<Reader<T>, "read">, deadline: number, syscall: string): T | undefined {
    return takeThrough(this, reader, deadline, syscall)?.message;
  }

  drain(deadline: number, syscall: string): Operation<void> {
    return operation(syscall, () => drainThrough(this, this.methods, deadline, syscall));
  }

  whenReadable(syscall: string): Event<void> {
    return this.whenReadableWith?.(new Some(this, 0), syscall) as Event<void>; // query() has looked
  }

  unread(bytes: Uint8Array): void {
    this.plain.putBack(bytes);
  }

  /** Hands the engine the next record. False: it has not come yet. */
  passRecord(bytes: ByteQueue): boolean {
    if (!this.records.pass(bytes, (record) => this.engine.decrypt(record))) return false;
    if (!this.isShakingHands) this.passOn();
    return true;
  }

  decrypted(bytes: Buffer): void {
    this.plain.give(bytes);
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

  sent(): void {
    this.noteTorn();
    this.posted.flush();
  }

  /** Whoever was sending has failed in the middle, or has left it there; or nothing can be encrypted any more. */
  private noteTorn(): void {
    const isLeft = this.isAmidst && !this.outgoing.isUsed;
    if (isLeft || this.engine.failure !== null) this.outgoing.break();
  }

  hold(syscall: string): HeldBytestream {
    return new TlsHold(this, syscall);
  }

  tear(): void {
    this.isTorn = this.outgoing.state === "open";
  }

  sayEnd(syscall: string, by: object | null = null): void {
    this.checkSend(syscall, by);
    this.endOutgoing();
  }

  /** The engine's last record tells the peer. */
  endOutgoing(): void {
    this.outgoing.state = "done";
    this.isTorn = false;
    this.engine.end();
    this.passOn();
  }

  checkSend(syscall: string, by: object | null = null): void {
    this.outgoing.checkIdle(syscall, by);
    this.checkOutgoing(syscall);
    this.methods.checkSend?.(syscall);
  }

  checkOutgoing(syscall: string): void {
    this.noteTorn();
    this.outgoing.checkOpen(syscall);
  }

  checkIdle(syscall: string): void {
    this.incoming.checkFree(syscall);
    this.outgoing.checkIdle(syscall);
    checkIdle(this.methods, syscall);
  }

  get isBroken(): boolean {
    this.noteTorn();
    if (this.torn !== null || this.engine.failure !== null) return true;
    return this.outgoing.state === "broken" || hasFailed(this.methods);
  }

  checkEngine(syscall: string): void {
    const { failure } = this.engine;
    if (failure !== null) throw failureError(failure, syscall);
  }

  leave(): void {}

  end(deadline: number, syscall: string): Steps<void> {
    return endOf(this, deadline, syscall);
  }

  /** A peer that was told of the end must hear of it, even if the engine needs another turn to say so. */
  override close(): void {
    this.isClosed = true;
    this.takeSettling()?.fail("EBADF");
    if (owesFarewell(this)) return closeAfterFarewell(this);
    this.engine.close();
    if (this.isTorn || this.isAmidst || this.outgoing.state === "broken") this.methods.tear?.();
    super.close();
  }
}
