import { dillError } from "../errors/index.js";
import type { Failure, HostListener, HostSocket } from "../host/index.js";
import type { Occasion, OccasionWatcher } from "../runtime/index.js";

/** Who waits for a connection: an accept, or somebody who waits until one need not wait. */
export interface Acceptor {
  accepted(socket: HostSocket): void;
  acceptFailed(failure: Failure): void;
  listenerClosed(): void;
}

/** A listener, as far as accepting goes. */
interface Accepting {
  acceptor: Acceptor | null;
  readonly isAcceptable: boolean;
  readonly host: HostListener | null;
  arrived(socket: HostSocket): void;
  failed(failure: Failure): void;
}

/** An accept need not wait. While it is watched for, an accept is EBUSY. */
export class Acceptability implements Occasion, Acceptor {
  readonly isExternal = true;
  readonly #listener: Accepting;
  #watcher: OccasionWatcher | null = null;

  constructor(listener: Accepting, syscall: string) {
    this.#listener = listener;
    if (listener.acceptor === null) return;
    const message = "another coroutine waits for a connection on this listener";
    throw dillError("EBUSY", syscall, { message });
  }

  hasCome(): boolean {
    return this.#listener.isAcceptable;
  }

  watch(watcher: OccasionWatcher): void {
    this.#watcher = watcher;
    this.#listener.acceptor = this;
    this.#listener.host?.ref();
  }

  unwatch(): void {
    this.#listener.acceptor = null;
    this.#listener.host?.unref();
  }

  take(): void {}

  accepted(socket: HostSocket): void {
    this.unwatch();
    this.#listener.arrived(socket); // it waits for whoever accepts it
    this.#watcher?.came();
  }

  acceptFailed(failure: Failure): void {
    this.unwatch();
    this.#listener.failed(failure); // the next accept tells
    this.#watcher?.came();
  }

  listenerClosed(): void {
    this.#watcher?.closed();
  }
}
