// A listener: connections that nobody has claimed yet, and who waits for one.
import { Ring } from "../collections/index.js";
import { signalError } from "../errors/index.js";
import type { Handle, HandleType, Resource } from "../handles/index.js";
import {
  endpointOf,
  type Failure,
  host,
  type HostListener,
  type HostSocket,
} from "../host/index.js";
import { type Event, type Readable, readableType } from "../kernel/index.js";
import { AcceptableEvent, type Accepting, type Acceptor } from "./acceptableEvent.js";
import type { ConnectionKind } from "./connection.js";
import { type Descriptive, descriptiveType } from "./descriptive.js";

declare const accepts: unique symbol;

/** Handle of what accepts connections of the type `S`: what {@link serve} takes. */
export type Listener<S extends Handle = Handle> = Handle & { readonly [accepts]: S };

/** The type by which a listener is found, whatever its protocol is. */
export const listenerType: HandleType<ListenerResource> = Symbol("listener");

/** What an accept is told once all connections of a listener that takes no more have been claimed. */
const noMore: Failure = { code: "EPIPE" };

/** How many connections wait for an accept at least; a greater backlog lets more of them wait. */
const minUnclaimed = 1024;

/** What a protocol's listeners are called, and what the connections are that they accept. */
export interface ListenerKind {
  /** For messages: "an ipc listener". */
  readonly name: string;
  readonly connection: ConnectionKind;
  /** The function that claims connections, and the warning when too many wait for it. */
  readonly accept: string;
  readonly warning: string;
}

export class ListenerResource implements Resource, Readable, Accepting, Descriptive {
  private readonly listenerKind: ListenerKind;
  /** Of a local one, if it was given. */
  readonly path: string | undefined;
  acceptor: Acceptor | null = null;
  host: HostListener | null = null;
  private readonly unclaimed = new Ring<HostSocket>();
  private readonly maxUnclaimed: number;
  private hasWarned = false;
  isClosed = false;
  /** It takes no more connections; those that it has taken can still be claimed. */
  isDone = false;
  private failure: Failure | undefined;

  constructor(kind: ListenerKind, backlog: number, path?: string) {
    this.listenerKind = kind;
    this.path = path;
    this.maxUnclaimed = Math.max(backlog, minUnclaimed);
  }

  get kind(): string {
    return this.listenerKind.name;
  }

  get connectionKind(): ConnectionKind {
    return this.listenerKind.connection;
  }

  address(): string | undefined {
    const bound = this.path === undefined ? this.host?.address?.() : undefined;
    return bound === undefined ? this.path : endpointOf(bound);
  }

  queued(): number {
    return this.unclaimed.length;
  }

  query(type: unknown): unknown {
    const isMine = type === this.listenerKind || type === listenerType;
    return isMine || type === readableType || type === descriptiveType ? this : undefined;
  }

  descriptor(): number {
    return this.host?.descriptor?.() ?? -1;
  }

  whenReadable(syscall: string): Event<void> {
    return new AcceptableEvent(this, syscall);
  }

  /** Whether an accept would end at once: with a connection, or an error. */
  get isAcceptable(): boolean {
    return this.unclaimed.length > 0 || this.failure !== undefined || this.isDone;
  }

  /** The longest waiting connection. */
  claim(): HostSocket | undefined {
    return this.unclaimed.shift();
  }

  /** The error that came while nobody waited in ipcAccept; or that no connection will come. */
  takeFailure(): Failure | undefined {
    if (this.isDone) return noMore;
    const failure = this.failure;
    this.failure = undefined;
    return failure;
  }

  /** From the host, where the program's own code may have closed the listener since; or from an accept that was halted. */
  arrived(socket: HostSocket): void {
    if (this.isClosed) socket.close();
    else if (this.acceptor !== null) this.acceptor.accepted(socket);
    else if (this.unclaimed.length < this.maxUnclaimed) this.unclaimed.push(socket);
    else this.turnAway(socket);
  }

  /** Node accepts whatever comes, so that the kernel's backlog never fills up and holds nobody back. */
  private turnAway(socket: HostSocket): void {
    socket.close();
    if (this.hasWarned) return;
    this.hasWarned = true;
    const { accept, warning } = this.listenerKind;
    const message = `${this.maxUnclaimed} connections wait for ${accept}; those that come now are closed`;
    host.warn(warning, message);
  }

  failed(failure: Failure): void {
    if (this.isDone) return;
    if (this.acceptor === null) this.failure = failure;
    else this.acceptor.acceptFailed(failure);
  }

  /** Takes no more connections from the system, for which there is no way but to let the descriptor go. */
  done(syscall: string): void {
    if (this.isDone) throw signalError("EPIPE", syscall);
    const { acceptor, host: listening } = this;
    this.isDone = true;
    acceptor?.acceptFailed(noMore);
    this.host = null;
    listening?.close();
  }

  close(): void {
    this.isClosed = true;
    this.acceptor?.listenerClosed();
    this.host?.close();
    for (let socket = this.claim(); socket !== undefined; socket = this.claim()) socket.close();
  }
}
