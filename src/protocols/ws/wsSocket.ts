// A bytestream that carries WebSocket's frames, after its handshake. Each direction ends with a close frame:
//
//   outgoing   open ──▶ done    ours was sent: by wsDone, by wsDetach, or because the peer sends what it must not
//   incoming   open ──▶ ended   the peer's has come; wsStatus tells what it says
//
// After ours nothing is sent any more, no pong either, because the bytes behind it are the carrier's: see wsDetach.
import { isErrno } from "../../errors/index.js";
import type { Handle } from "../../handles/index.js";
import {
  type Event,
  type Operation,
  type Readable,
  readableType,
  readDeadline,
  Rounds,
  type Steps,
} from "../../kernel/index.js";
import {
  brokenError,
  type Bytestream,
  type BytestreamMethods,
  checkIdle,
  Direction,
  endInOrder,
  hasFailed,
  Layer,
  type LayerKind,
  type MessageMethods,
  type MessageSocket,
  messageType,
  type Over,
  ReadAhead,
  type ReceiveTarget,
  receiveWith,
} from "../../sockets/index.js";
import { Deflater, Inflater } from "./deflate.js";
import {
  checkControl,
  close,
  closePayload,
  firstOf,
  frameOf,
  isFinal,
  ping,
  pong,
} from "./frame.js";
import { type ControlEvents, ended, FrameReader, type Received } from "./frameReader.js";
import type { Opened, WsRequest } from "./handshake.js";
import type { Terms } from "./options.js";
import { ReceivingData, ReceivingDataInto } from "./receivingData.js";
import { Pongs } from "./pongs.js";
import { SendingCompressed } from "./sendingCompressed.js";

/** Handle of a WebSocket on a bytestream of type `S`. */
export type WsSocket<S extends Bytestream = Bytestream> = Over<"ws", S> & MessageSocket;

/** What a peer's close frame says. */
export interface WsStatus {
  /** From 1000 on; 0: none was given. */
  readonly status: number;
  /** It may be empty. */
  readonly text: string;
}

export const wsKind: LayerKind = { name: "a ws socket" };

export class Ws
  extends Layer<BytestreamMethods>
  implements MessageMethods, Readable, ControlEvents
{
  readonly request: WsRequest;
  readonly type: "text" | "binary";
  /** What the peer's close frame says, once that has come. */
  status: WsStatus | null = null;
  private readonly isClient: boolean;
  private readonly outgoing = new Direction();
  private readonly line: ReadAhead<Received | typeof ended>;
  private readonly deflater: Deflater | null;
  private readonly pongs = new Pongs((payload) => this.answer(pong, payload));

  constructor(
    carrier: Handle,
    methods: BytestreamMethods,
    isClient: boolean,
    terms: Terms,
    { request, deflate }: Opened,
  ) {
    super(carrier, methods, wsKind);
    this.request = request;
    this.type = terms.isText ? "text" : "binary";
    this.isClient = isClient;
    const threshold = terms.deflate?.threshold ?? 0;
    this.deflater = deflate === null ? null : new Deflater(deflate.outgoing, threshold);
    const inflater = deflate === null ? null : new Inflater(deflate.incoming);
    const reader = new FrameReader(this, !isClient, terms.maxSize, inflater);
    this.line = new ReadAhead(reader, () => []);
  }

  override query(type: unknown): unknown {
    if (type === messageType) return this;
    if (type === readableType && this.methods.whenReadableWith !== undefined) return this;
    return super.query(type);
  }

  send(list: readonly Uint8Array[], deadline: number, syscall = "msend"): Operation<void> {
    return this.sendAs(this.type, list, deadline, syscall);
  }

  sendAs(
    type: "text" | "binary",
    list: readonly Uint8Array[],
    deadline: number,
    syscall: string,
  ): Operation<void> {
    this.checkSend(syscall);
    const first = firstOf(type, list, syscall);
    const { methods, deflater } = this;
    if (deflater === null) return methods.send(this.frame(first, list), deadline, syscall);
    return new SendingCompressed(this, methods, deflater, first, list, deadline, syscall);
  }

  /** The frame of a message, or another. */
  frame(first: number, list: readonly Uint8Array[]): readonly Uint8Array[] {
    return frameOf(first, list, this.isClient);
  }

  receive(deadline: number, syscall = "mrecv"): Operation<Buffer> {
    return new ReceivingData(this, deadline, syscall);
  }

  receiveInto(
    targets: readonly ReceiveTarget[],
    deadline: number,
    syscall = "mrecv",
  ): Operation<number> {
    return new ReceivingDataInto(this, targets, deadline, syscall);
  }

  receiveNext(deadline: number, syscall: string): Operation<Received | typeof ended> {
    return receiveWith(this.methods, this.line, deadline, syscall);
  }

  /** For receives into buffers. */
  get reading(): { methods: BytestreamMethods; line: ReadAhead<Received | typeof ended> } {
    return { methods: this.methods, line: this.line };
  }

  whenReadable(syscall: string): Event<void> {
    return this.line.whenReadable(this.methods, syscall);
  }

  /** Asks the peer for a sign of life. */
  *ping(payload: Uint8Array, deadline: number, syscall: string): Steps<void> {
    this.outgoing.checkOpen(syscall);
    checkControl(payload, syscall);
    yield* this.sendControl(ping, payload, deadline, syscall);
  }

  *sayEnd(payload: Uint8Array, deadline: number, syscall: string): Steps<void> {
    this.outgoing.checkOpen(syscall);
    yield* this.sendControl(close, payload, deadline, syscall);
    this.outgoing.state = "done";
  }

  /** Behind the message that is being sent, if there is one; over a bytestream that can't do that, in its turn. */
  private *sendControl(
    opcode: number,
    payload: Uint8Array,
    deadline: number,
    syscall: string,
  ): Steps<void> {
    readDeadline(deadline, syscall);
    const frame = this.frame(isFinal | opcode, [payload]);
    if (this.methods.post === undefined) yield* this.methods.send(frame, deadline, syscall);
    else this.methods.post(Buffer.concat(frame), syscall);
  }

  *finish(status: number, reason: string, deadline: number): Steps<void> {
    const syscall = "ws_detach";
    const last = readDeadline(deadline, syscall);
    const rounds = new Rounds(syscall);
    const payload = closePayload(status, reason, syscall);
    this.pongs.stop();
    this.checkIdle(syscall);
    if (this.isBroken) throw brokenError(syscall);
    if (this.outgoing.state === "open") yield* this.sayEnd(payload, deadline, syscall);
    try {
      while ((yield* this.receiveNext(deadline, syscall)) !== ended) yield* rounds.next(last);
    } catch (error) {
      if (!isErrno(error, "EPIPE")) throw error;
    }
    this.leave(syscall);
  }

  *end(
    deadline: number,
    syscall: string,
    payload: Uint8Array = closePayload(1000, "", syscall),
  ): Steps<void> {
    this.checkIdle(syscall);
    if (this.outgoing.state === "open") yield* this.sayEnd(payload, deadline, syscall);
    yield* endInOrder(this.methods, deadline, syscall);
  }

  pinged(payload: Buffer): void {
    this.pongs.pinged(payload);
  }

  closed(status: number, reason: string): void {
    this.status = { status, text: reason };
  }

  refused(status: number): void {
    this.answer(close, closePayload(status, "", "ws_recv"));
    this.outgoing.state = "done";
  }

  /** On behalf of a receiver, whom it does not concern if nothing can be sent any more. */
  private answer(opcode: number, payload: Uint8Array): void {
    if (this.outgoing.state !== "open") return;
    try {
      this.methods.post?.(Buffer.concat(this.frame(isFinal | opcode, [payload])), "ws_recv");
    } catch (error) {
      if (!isErrno(error, "ECONNRESET", "EPIPE")) throw error;
      this.outgoing.break(); // so that no other ping is answered
    }
  }

  checkSend(syscall: string): void {
    this.methods.checkSend?.(syscall);
    this.outgoing.checkOpen(syscall);
  }

  checkIdle(syscall: string): void {
    checkIdle(this.methods, syscall);
  }

  get isBroken(): boolean {
    return this.line.hasFailed || hasFailed(this.methods);
  }

  leave(syscall: string): void {
    this.line.leave(this.methods, syscall);
  }

  override close(): void {
    this.pongs.stop();
    super.close();
  }
}
