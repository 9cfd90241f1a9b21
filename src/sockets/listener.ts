// A listener: connections that nobody has claimed yet, and who waits for one.
import { Ring } from "../collections/index.js";
import type { Resource } from "../handles/index.js";
import { type Failure, host, type HostListener, type HostSocket } from "../host/index.js";
import { type Event, type Readable, readableType } from "../kernel/index.js";
import { AcceptableEvent, type Accepting, type Acceptor } from "./acceptableEvent.js";
import type { ConnectionKind } from "./connection.js";
import { type Descriptive, descriptiveType } from "./descriptive.js";

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
  acceptor: Acceptor | null = null;
  host: HostListener | null = null;
  private readonly unclaimed = new Ring<HostSocket>();
  private readonly maxUnclaimed: number;
  private hasWarned = false;
  isClosed = false;
  private failure: Failure | undefined;

  constructor(kind: ListenerKind, backlog: number) {
    this.listenerKind = kind;
    this.maxUnclaimed = Math.max(backlog, minUnclaimed);
  }

  get kind(): string {
    return this.listenerKind.name;
  }

  get connectionKind(): ConnectionKind {
    return this.listenerKind.connection;
  }

  query(type: unknown): unknown {
    const isMine = type === this.listenerKind || type === readableType || type === descriptiveType;
    return isMine ? this : undefined;
  }

  descriptor(): number {
    return this.host?.descriptor?.() ?? -1;
  }

  whenReadable(syscall: string): Event<void> {
    return new AcceptableEvent(this, syscall);
  }

  /** Whether an accept would end at once: with a connection, or an error. */
  get isAcceptable(): boolean {
    return this.unclaimed.length > 0 || this.failure !== undefined;
  }

  /** The longest waiting connection. */
  claim(): HostSocket | undefined {
    return this.unclaimed.shift();
  }

  /** The error that came while nobody waited in ipcAccept. */
  takeFailure(): Failure | undefined {
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
    if (this.acceptor === null) this.failure = failure;
    else this.acceptor.acceptFailed(failure);
  }

  close(): void {
    this.isClosed = true;
    this.acceptor?.listenerClosed();
    this.host?.close();
    for (let socket = this.claim(); socket !== undefined; socket = this.claim()) socket.close();
  }
}
