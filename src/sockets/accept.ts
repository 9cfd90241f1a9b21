// Accepting: the wait for the next connection of a listener.
import { signalError } from "../errors/index.js";
import {
  type Handle,
  isShuttingDown,
  makeHandle,
  makeHandleFor,
  shutDownError,
} from "../handles/index.js";
import { type Failure, type HostSocket, sockets } from "../host/index.js";
import { currentTask, type Event, type Step, Wait, type WaitsFor } from "../kernel/index.js";
import { AcceptableEvent } from "./acceptableEvent.js";
import { Connection } from "./connection.js";
import { failureError } from "./failureError.js";
import type { ListenerResource } from "./listener.js";

/** A connection has come, or the listener has failed: an accept has it, and not the next one. */
class ConnectionEvent extends AcceptableEvent {
  declare protected readonly listener: ListenerResource;
  private readonly syscall: string;
  private socket: HostSocket | undefined;
  private failure: Failure | undefined;

  constructor(listener: ListenerResource, syscall: string) {
    super(listener, syscall);
    this.syscall = syscall;
  }

  override isReady(): boolean {
    this.socket = this.listener.claim();
    if (this.socket !== undefined) return true;
    this.failure = this.listener.takeFailure() ?? sockets().fdShortage(this);
    return this.failure !== undefined;
  }

  override take(): HostSocket {
    if (this.failure !== undefined) throw acceptError(this.failure, this.syscall);
    return this.socket as HostSocket;
  }

  /** The connection waits for the next accept. */
  giveBack(): void {
    if (this.socket !== undefined) this.listener.arrived(this.socket);
  }

  protected override keepSocket(socket: HostSocket): void {
    this.socket = socket;
  }

  protected override keepFailure(failure: Failure): void {
    this.failure = failure;
  }
}

function acceptError(failure: Failure, syscall: string): Error {
  return failure.code === "EPIPE" ? signalError("EPIPE", syscall) : failureError(failure, syscall);
}

/**
 * The longest waiting connection; undefined if there is none. Throws what an accept would, and then it has taken none: a
 * coroutine that is canceled could give it to nobody.
 */
export function acceptNow<S extends Handle>(
  listener: ListenerResource,
  syscall: string,
): S | undefined {
  if (isShuttingDown()) throw shutDownError(syscall);
  const socket = listener.claim();
  if (socket !== undefined) return makeHandle(connectionFrom(listener, socket), syscall) as S;
  const failure = listener.takeFailure() ?? sockets().lackOfDescriptors();
  if (failure !== undefined) throw acceptError(failure, syscall);
  return undefined;
}

function connectionFrom(
  { connectionKind, path }: ListenerResource,
  socket: HostSocket,
): Connection {
  return new Connection(socket, connectionKind, path);
}

/** Waits for a connection and makes its handle. A protocol says which handles are its listeners. */
export abstract class Accept<S extends Handle> extends Wait<S> {
  protected readonly handle: Handle;
  private connection: ConnectionEvent | null = null;
  private listener: ListenerResource | null = null;

  constructor(handle: Handle, deadline: number) {
    super(deadline);
    this.handle = handle;
  }

  protected abstract listenerOf(handle: Handle): ListenerResource;

  protected findEvent(): Event<S> {
    this.listener = this.listenerOf(this.handle);
    this.connection = new ConnectionEvent(this.listener, this.syscall);
    return this.connection as Event as Event<S>;
  }

  /** The handle belongs to the run of the coroutine that has waited, even if that is being canceled by now. */
  protected override resume(): Step<S> {
    const socket = (this.connection as ConnectionEvent).take();
    const connection = connectionFrom(this.listener as ListenerResource, socket);
    const task = this.task ?? currentTask();
    return this.complete(makeHandleFor(task, connection) as S);
  }

  override waitsFor(): WaitsFor {
    return {
      what: this.syscall,
      handle: Number(this.handle),
      address: this.listener?.address(),
    };
  }
}
