import { dillError } from "../errors/index.js";
import { type Failure, type HostListener, type HostSocket, sockets } from "../host/index.js";
import type { Event, Waiter } from "../kernel/index.js";

/** Who waits for a connection: an accept, or somebody who waits until one need not wait. */
export interface Acceptor {
  accepted(socket: HostSocket): void;
  acceptFailed(failure: Failure): void;
  listenerClosed(): void;
}

/** A listener, as far as accepting goes. */
export interface Accepting {
  acceptor: Acceptor | null;
  readonly isAcceptable: boolean;
  readonly isClosed: boolean;
  readonly host: HostListener | null;
  arrived(socket: HostSocket): void;
  failed(failure: Failure): void;
}

/** An accept need not wait. While somebody waits for that, an accept is EBUSY. */
export class AcceptableEvent implements Event<void>, Acceptor {
  readonly source = "outside";
  protected readonly listener: Accepting;
  private waiter: Waiter | null = null;

  constructor(listener: Accepting, syscall: string) {
    this.listener = listener;
    if (listener.acceptor === null) return;
    throw dillError("EBUSY", syscall, "another coroutine waits for a connection on this listener");
  }

  /** Also if no descriptor is left: the next accept is EMFILE. */
  isReady(): boolean {
    return this.listener.isAcceptable || sockets().fdShortage(this) !== undefined;
  }

  add(waiter: Waiter): void {
    if (this.listener.isClosed) {
      waiter.fail("EBADF"); // closed since the caller has looked
      return;
    }
    this.waiter = waiter;
    this.listener.acceptor = this;
    this.listener.host?.ref();
  }

  remove(): void {
    sockets().forget(this);
    this.listener.acceptor = null;
    this.listener.host?.unref();
  }

  take(): void {}

  accepted(socket: HostSocket): void {
    this.remove();
    this.keepSocket(socket);
    this.waiter?.fire();
  }

  acceptFailed(failure: Failure): void {
    this.remove();
    this.keepFailure(failure);
    this.waiter?.fire();
  }

  /** The connection waits for whoever accepts it. */
  protected keepSocket(socket: HostSocket): void {
    this.listener.arrived(socket);
  }

  /** The next accept tells of the failure. */
  protected keepFailure(failure: Failure): void {
    this.listener.failed(failure);
  }

  listenerClosed(): void {
    this.remove();
    this.waiter?.fail("EBADF");
  }
}
