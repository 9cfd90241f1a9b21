// A connection: a host's socket as a bytestream, with libdill's state machine. IPC and TCP share it.
//
// It reads ahead a little, so that the next brecv often finds its bytes here; then the socket pauses,
// and the kernel pushes back on the peer.
import { retold } from "../errors/index.js";
import type { Resource } from "../handles/index.js";
import {
  endpointOf,
  type Failure,
  host,
  type HostSocket,
  type SocketEvents,
} from "../host/index.js";
import {
  type Event,
  type Operation,
  type Readable,
  readableType,
  readDeadline,
  type WaitsFor,
} from "../kernel/index.js";
import { type BytestreamMethods, bytestreamType, type HeldBytestream } from "./bytestream.js";
import { type Descriptive, descriptiveType } from "./descriptive.js";
import { Direction } from "./direction.js";
import { Hold } from "./hold.js";
import { Inbox } from "./inbox.js";
import type { ReceiveTarget } from "./iolist.js";
import { Posts } from "./posts.js";
import { ReadableEvent } from "./readableEvent.js";
import type { Reader } from "./reader.js";
import { Draining, Receiving, ReceivingSome } from "./receiving.js";
import { ReceivingWith } from "./receivingWith.js";
import { Sending } from "./sending.js";
import type { Carrier } from "./transfer.js";

/** How many bytes wait here, at the most, before the socket pauses; a chunk may go over it. */
const highWaterMark = 65536;

/** Finds a connection behind a handle, and tells one protocol's from another's. */
export interface ConnectionKind {
  /** For messages: "an ipc socket". */
  readonly name: string;
}

export class Connection
  implements Carrier, Resource, BytestreamMethods, Readable, SocketEvents, Descriptive
{
  private readonly connectionKind: ConnectionKind;
  private readonly path: string | undefined;
  readonly socket: HostSocket;
  readonly incoming: Direction = new Direction();
  readonly outgoing: Direction = new Direction();
  readonly inbox: Inbox = new Inbox();
  /** Why nothing will be added to the inbox any more. */
  inboxEnd: "end" | Failure | null = null;
  isClosed = false;
  /** What was sent is only a part, and nobody has said that it is the end. */
  isTorn = false;
  private isPaused = true;
  private goesOnLater = false;
  /** Whether bytes may have been read ahead. */
  hasListened = false;
  /** Made when the first is posted. */
  private posts: Posts | null = null;

  /** `path`: of a local socket, if it has one. */
  constructor(socket: HostSocket, kind: ConnectionKind, path?: string) {
    this.socket = socket;
    this.connectionKind = kind;
    this.path = path;
    socket.events = this;
  }

  get kind(): string {
    return this.connectionKind.name;
  }

  address(): string | undefined {
    const peer = this.path === undefined ? this.socket.address?.("peer") : undefined;
    return peer === undefined ? this.path : endpointOf(peer);
  }

  place(): Pick<WaitsFor, "resource" | "address"> {
    return { resource: this, address: this.address() };
  }

  query(type: unknown): unknown {
    const isMine = type === bytestreamType || type === readableType || type === this.connectionKind;
    return isMine || type === descriptiveType ? this : undefined;
  }

  descriptor(): number {
    return this.socket.descriptor?.() ?? -1;
  }

  whenReadable(syscall: string): Event<void> {
    return new ReadableEvent(this, syscall);
  }

  /** Whoever waits for it wakes with EBADF. */
  close(): void {
    this.isClosed = true;
    this.incoming.user?.abandon();
    this.outgoing.user?.abandon();
    // A send that this has cut in the middle has broken its direction by now.
    this.socket.close(this.isTorn || this.outgoing.state === "broken");
  }

  send(list: readonly Uint8Array[], deadline: number, syscall = "bsend"): Operation<void> {
    return new Sending(this, list, deadline, syscall);
  }

  receive(list: readonly ReceiveTarget[], deadline: number, syscall = "brecv"): Operation<void> {
    return new Receiving(this, list, deadline, syscall);
  }

  receiveSome(
    into: number | Uint8Array,
    deadline: number,
    syscall = "brecv_some",
  ): Operation<Buffer> {
    return new ReceivingSome(this, into, deadline, syscall);
  }

  receiveWith<T>(reader: Reader<T>, deadline: number, syscall: string): Operation<T> {
    return new ReceivingWith(this, reader, deadline, syscall);
  }

  takeWith<T>(reader: Pick<Reader<T>, "read">, deadline: number, syscall: string): T | undefined {
    const { user, state } = this.incoming;
    if (this.isClosed || user !== null || state !== "open") return undefined;
    this.incoming.checkFree(syscall);
    readDeadline(deadline, syscall);
    try {
      return reader.read(this.inbox);
    } catch (error) {
      this.incoming.break();
      throw retold(error, syscall);
    }
  }

  whenReadableWith(reader: Reader<unknown>, syscall: string): Event<void> {
    return new ReadableEvent(this, syscall, reader);
  }

  unread(bytes: Uint8Array): void {
    this.inbox.putBack(bytes);
  }

  post(bytes: Uint8Array, syscall: string): void {
    this.posts ??= new Posts(this.socket, this.outgoing);
    this.posts.post(bytes, syscall);
  }

  checkSend(syscall: string): void {
    this.outgoing.checkUsable(syscall);
  }

  checkIdle(syscall: string): void {
    this.incoming.checkIdle(syscall);
    this.outgoing.checkIdle(syscall);
  }

  get isBroken(): boolean {
    return this.incoming.state === "broken" || this.outgoing.state === "broken";
  }

  drain(deadline: number, syscall: string): Operation<void> {
    return new Draining(this, deadline, syscall);
  }

  hold(syscall: string): HeldBytestream {
    return new Hold(this, syscall);
  }

  /** Nothing more will be sent. A coroutine that is blocked sending gets ECONNRESET. */
  done(syscall: string, by: object | null = null): void {
    this.outgoing.checkFree(syscall, by);
    this.outgoing.checkOpen(syscall);
    this.outgoing.user?.fail({ code: "ECONNRESET", cause: undefined });
    this.outgoing.state = "done";
    this.isTorn = false;
    this.socket.end();
  }

  tear(): void {
    this.isTorn = this.outgoing.state === "open";
  }

  /** Lets bytes come in. */
  listen(): void {
    if (!this.isPaused) return;
    this.isPaused = false;
    this.hasListened = true;
    this.socket.resume();
  }

  /** Lets no bytes come in until somebody wants more than is here. */
  pause(): void {
    this.isPaused = true;
    this.socket.pause();
  }

  goOnLater(): void {
    if (this.goesOnLater) return;
    this.goesOnLater = true;
    this.pause();
    host.macrotask(() => {
      this.goesOnLater = false;
      this.incoming.user?.progress();
    });
  }

  /** Whether the host still has bytes that were sent on behalf of nobody. */
  get hasPosts(): boolean {
    return this.posts !== null && !this.posts.isEmpty;
  }

  released(direction: Direction): void {
    if (direction === this.outgoing && this.posts !== null) this.posts.flush();
  }

  received(buffer: Buffer, length: number): void {
    this.inbox.lend(buffer, length);
    this.incoming.user?.progress();
    this.inbox.keep();
    if (this.inbox.length >= highWaterMark && !this.isPaused) this.pause();
  }

  ended(): void {
    this.inboxEnd ??= "end";
    this.incoming.user?.progress();
  }

  readFailed(failure: Failure): void {
    this.inboxEnd ??= failure;
    this.incoming.user?.progress();
  }

  written(): void {
    this.posts?.written();
    this.outgoing.user?.progress();
  }

  writeFailed(failure: Failure): void {
    if (this.outgoing.user !== null) this.outgoing.user.fail(failure);
    else this.outgoing.break();
  }
}
