// The two handle types: a connected socket and a listener.
import type { DillError } from "../errors/index.js";
import { dillError } from "../errors/index.js";
import {
  type Handle,
  makeHandle,
  makeHandleFor,
  queryHandle,
  type Resource,
} from "../handles/index.js";
import { Ring } from "../collections/index.js";
import { type Failure, host, type HostListener, type HostSocket } from "../host/index.js";
import { type Occasion, type Readable, readableType, type Task } from "../runtime/index.js";
import { Acceptability, type Acceptor } from "./acceptability.js";
import { longName } from "./path.js";
import { type Bytestream, Connection, type ConnectionKind } from "../sockets/index.js";

/** Handle of a connected local socket. */
export type IpcSocket = Handle<"ipc"> & Bytestream;

/** Handle of a local socket that listens for connections. */
export type IpcListener = Handle<"ipc listener">;

const ipcKind: ConnectionKind = { name: "an ipc socket" };

/** Gives a connection that was made for a sleeping task its handle. */
export function socketFor(task: Task, socket: HostSocket): IpcSocket {
  return makeHandleFor(task, new Connection(socket, ipcKind)) as IpcSocket;
}

/** Gives the running coroutine a handle; closes the socket if it may have none. */
export function makeSocket(socket: HostSocket, syscall: string): IpcSocket {
  try {
    return makeHandle(new Connection(socket, ipcKind), syscall) as IpcSocket;
  } catch (error) {
    socket.close();
    throw error;
  }
}

export function connectionOf(s: IpcSocket, syscall: string): Connection {
  return queryHandle(s, ipcKind, "an ipc socket", syscall) as Connection;
}

/** How many connections wait for ipcAccept at least; a greater backlog lets more of them wait. */
const fewestUnclaimed = 1024;

/** The resource behind a listener: connections that nobody has claimed yet, and who waits for one. */
export class ListenerResource implements Resource, Readable {
  readonly kind = "an ipc listener";
  acceptor: Acceptor | null = null;
  host: HostListener | null = null;
  readonly #unclaimed = new Ring<HostSocket>();
  readonly #mostUnclaimed: number;
  #hasWarned = false;
  #isClosed = false;
  #failure: Failure | undefined;

  constructor(backlog: number) {
    this.#mostUnclaimed = Math.max(backlog, fewestUnclaimed);
  }

  query(type: unknown): unknown {
    return type === ListenerResource || type === readableType ? this : undefined;
  }

  whenReadable(syscall: string): Occasion {
    return new Acceptability(this, syscall);
  }

  /** Whether an accept would end at once: with a connection, or an error. */
  get isAcceptable(): boolean {
    return this.#unclaimed.length > 0 || this.#failure !== undefined;
  }

  /** The longest waiting connection. */
  claim(): HostSocket | undefined {
    return this.#unclaimed.shift();
  }

  /** The error that came while nobody waited in ipcAccept. */
  takeFailure(): Failure | undefined {
    const failure = this.#failure;
    this.#failure = undefined;
    return failure;
  }

  arrived(socket: HostSocket): void {
    if (this.acceptor !== null) this.acceptor.accepted(socket);
    else if (this.#unclaimed.length < this.#mostUnclaimed) this.#unclaimed.push(socket);
    else this.#turnAway(socket);
  }

  /** A connection whose accept was halted before it could take it. */
  giveBack(socket: HostSocket): void {
    if (this.#isClosed) socket.close();
    else this.arrived(socket);
  }

  /** Node accepts whatever comes, so that the kernel's backlog never fills up and holds nobody back. */
  #turnAway(socket: HostSocket): void {
    socket.close();
    if (this.#hasWarned) return;
    this.#hasWarned = true;
    const message = `${this.#mostUnclaimed} connections wait for ipcAccept; those that come now are closed`;
    host.warn("IPC_UNCLAIMED", message);
  }

  failed(failure: Failure): void {
    if (this.acceptor === null) this.#failure = failure;
    else this.acceptor.acceptFailed(failure);
  }

  close(): void {
    this.#isClosed = true;
    this.acceptor?.listenerClosed();
    this.host?.close();
    for (let socket = this.claim(); socket !== undefined; socket = this.claim()) socket.close();
  }
}

export function listenerFor(task: Task, listener: ListenerResource): IpcListener {
  return makeHandleFor(task, listener) as IpcListener;
}

export function listenerOf(ls: IpcListener, syscall: string): ListenerResource {
  return queryHandle(ls, ListenerResource, "an ipc listener", syscall) as ListenerResource;
}

/** The failure as the error of an operation. */
export function failureError(
  { code, cause, message }: Failure,
  syscall: string,
  address?: string,
): DillError {
  const isTooLong = code === "ENAMETOOLONG" && address !== undefined;
  return dillError(code, syscall, {
    address,
    cause,
    message: message ?? (isTooLong ? longName(address) : undefined),
  });
}
