// A bytestream that carries heads, both ways. Each direction is between two heads, or inside one:
//
//   between ──▶ inside    its first line was sent, or received
//   between ◀── inside    its empty line was
//
// The bytes behind a head are not looked at, so that a body can be received from the bytestream once it is detached.
import { dillError, signalError } from "../../errors/index.js";
import type { Handle } from "../../handles/index.js";
import {
  Delegation,
  type Effect,
  type Operation,
  readDeadline,
  type Step,
  type Steps,
} from "../../kernel/index.js";
import {
  type ByteQueue,
  type Bytestream,
  type BytestreamMethods,
  checkIdle,
  checkWhole,
  endInOrder,
  Layer,
  type LayerKind,
  layerOf,
  leaveCarrier,
  type Over,
  type Reader,
  receiveWith,
} from "../../sockets/index.js";
import { type HttpField, parseField } from "./head.js";
import { type LineLimits, LineReader } from "./lines.js";
import { OutgoingHead, type Role } from "./outgoingHead.js";

/** Handle of HTTP heads on a bytestream of type `S`. */
export type HttpSocket<S extends Bytestream = Bytestream> = Over<"http", S>;

export const httpKind: LayerKind = { name: "an http socket" };

/** Why a line can't be sent or received now. */
const misplaced: unique symbol = Symbol("misplaced");

export class Http extends Layer<BytestreamMethods> {
  private readonly lines: LineReader;
  readonly outgoing: OutgoingHead;
  isReceiving = false;

  constructor(carrier: Handle, methods: BytestreamMethods, limits: LineLimits) {
    super(carrier, methods, httpKind);
    this.lines = new LineReader(limits);
    this.outgoing = new OutgoingHead(methods);
  }

  override close(): void {
    this.outgoing.flush();
    super.close();
  }

  /** A line that has come; undefined: it has to be received. */
  take<T>(place: Place<T>, deadline: number, syscall: string): T | typeof misplaced | undefined {
    const reader = new OneLine(this, this.lines, place, syscall);
    return this.methods.takeWith?.(reader, deadline, syscall);
  }

  receive<T>(place: Place<T>, deadline: number, syscall: string): Operation<T | typeof misplaced> {
    const reader = new OneLine(this, this.lines, place, syscall);
    return receiveWith(this.methods, reader, deadline, syscall);
  }

  /** Comes to the end of what was begun. */
  *finish(deadline: number): Steps<void> {
    const syscall = "http_detach";
    readDeadline(deadline, syscall);
    checkWhole(this.methods, syscall);
    this.outgoing.direction.checkOpen(syscall);
    yield* this.outgoing.finish(deadline, syscall);
    while (this.isReceiving) yield* this.receive(fieldPlace, deadline, syscall);
    this.leave(syscall);
  }

  /** Comes to the end of the connection, whatever has come of what was to be received. */
  *end(deadline: number, syscall: string): Steps<void> {
    checkIdle(this.methods, syscall);
    yield* this.outgoing.finish(deadline, syscall);
    yield* endInOrder(this.methods, deadline, syscall);
  }

  leave(syscall: string): void {
    leaveCarrier(this.methods, new OneLine(this, this.lines, fieldPlace, syscall), syscall);
  }
}

/** What is read, and where in a head that can stand. */
export interface Place<T> {
  readonly isFirst: boolean;
  parse(line: string, syscall: string): T;
}

export const fieldPlace: Place<HttpField> = { isFirst: false, parse: parseField };

/** Reads one line. Where it stands in the head changes in the moment in which it is taken. */
class OneLine<T> implements Reader<T | typeof misplaced> {
  private readonly http: Http;
  private readonly lines: LineReader;
  private readonly place: Place<T>;
  private readonly syscall: string;
  private line: string | undefined;

  constructor(http: Http, lines: LineReader, place: Place<T>, syscall: string) {
    this.http = http;
    this.lines = lines;
    this.place = place;
    this.syscall = syscall;
  }

  read(bytes: ByteQueue): T | typeof misplaced | undefined {
    const { http, place, syscall } = this;
    if (http.isReceiving === place.isFirst) return misplaced;
    this.line = this.lines.read(bytes, syscall);
    if (this.line === undefined) return undefined;
    http.isReceiving = this.line !== "";
    return this.line === "" && !place.isFirst ? misplaced : place.parse(this.line, syscall);
  }

  get missing(): number {
    return this.lines.missing;
  }

  get isBetween(): boolean {
    return !this.http.isReceiving && this.lines.isBetween;
  }

  giveBack(): Uint8Array {
    return this.lines.giveBack();
  }

  putBack(): void {
    if (this.line === undefined) return;
    this.lines.putBack(this.line);
    this.http.isReceiving = !this.place.isFirst;
  }
}

/** Sends a line of a head. */
export class SendingLine extends Delegation<void, void> {
  readonly syscall: string;
  private readonly s: HttpSocket;
  private readonly role: Role;
  private readonly format: () => string;
  private readonly deadline: number;

  constructor(s: HttpSocket, role: Role, format: () => string, deadline: number, syscall: string) {
    super();
    this.s = s;
    this.role = role;
    this.format = format;
    this.deadline = deadline;
    this.syscall = syscall;
  }

  protected delegate(): Iterable<Effect<unknown>> {
    const { outgoing } = layerOf<Http>(this.s, httpKind, this.syscall);
    const isDue = outgoing.take(this.role, this.format, this.deadline, this.syscall);
    return isDue ? outgoing.send(this.deadline, this.syscall) : nothing;
  }

  protected result(): void {}

  protected copy(): SendingLine {
    return new SendingLine(this.s, this.role, this.format, this.deadline, this.syscall);
  }
}

const nothing: Iterable<never> = [];

/** Receives a line of a head. */
export class ReceivingLine<T> extends Delegation<T, T | typeof misplaced> {
  readonly syscall: string;
  private readonly s: HttpSocket;
  private readonly place: Place<T>;
  private readonly deadline: number;

  constructor(s: HttpSocket, place: Place<T>, deadline: number, syscall: string) {
    super();
    this.s = s;
    this.place = place;
    this.deadline = deadline;
    this.syscall = syscall;
  }

  protected override begin(): Step<T> {
    const { place, deadline, syscall } = this;
    const found = layerOf<Http>(this.s, httpKind, syscall).take(place, deadline, syscall);
    if (found === undefined) return super.begin();
    // Cheaper than a throw: a head ends so.
    if (found === misplaced && !place.isFirst) return this.failWith("EPIPE");
    return this.complete(this.result(found));
  }

  protected delegate(): Operation<T | typeof misplaced> {
    const http = layerOf<Http>(this.s, httpKind, this.syscall);
    return http.receive(this.place, this.deadline, this.syscall);
  }

  protected result(found: T | typeof misplaced): T {
    if (found !== misplaced) return found;
    if (!this.place.isFirst) throw signalError("EPIPE", this.syscall);
    const message = "the head before is not at its end: httpRecvfield goes on until EPIPE";
    throw dillError("EINVAL", this.syscall, message);
  }

  protected copy(): ReceivingLine<T> {
    return new ReceivingLine(this.s, this.place, this.deadline, this.syscall);
  }
}
