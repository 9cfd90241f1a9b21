// A Node socket behind the host's interface.
//
// Node destroys a socket at its first error, and with it what the peer has sent and nobody has read yet.
// The two directions of ours fail apart: so `destroy`, which Node calls itself, only reports, and the
// descriptor stays open until `close`.
import type { Socket } from "node:net";
import type { Failure, HostSocket, SocketEvents } from "../host.js";
import { codeOf, failureOf } from "./errnoOf.js";
import { receiveInto } from "./sharedBuffer.js";

/** Told in place of the events while the socket has nobody yet. */
interface ConnectionEvents {
  connected(): void;
  connectFailed(error: unknown): void;
}

export class NodeSocket implements HostSocket {
  readonly isRefable = true;
  events: SocketEvents | null = null;
  readonly #socket: Socket;
  readonly #destroy: () => void;
  readonly #connection: ConnectionEvents | undefined;
  #waiting = 0;
  isClosed = false;
  #readFailure: Failure | undefined;

  constructor(socket: Socket, connection?: ConnectionEvents) {
    this.#socket = socket;
    this.#connection = connection;
    this.#destroy = socket.destroy.bind(socket);
    socket.destroy = (error?: Error): Socket => {
      if (error !== undefined) this.#onError(error);
      return socket;
    };
    socket.pause();
    receiveInto(socket, (buffer, length) => {
      this.events?.received(buffer, length);
      if (this.#readFailure !== undefined) this.#reportReadFailure(this.#readFailure);
    });
    socket.on("end", () => this.events?.ended());
    if (connection === undefined) socket.unref();
    else socket.once("connect", this.#onConnect);
  }

  write(bytes: Uint8Array): boolean {
    this.#socket.write(bytes, this.#onWritten);
    // Node tries at once; what it has taken then is no longer in its queue.
    return this.#socket.writableLength === 0 && this.#socket.errored === null;
  }

  end(): void {
    this.#socket.end();
  }

  resume(): void {
    const failure = this.#readFailure;
    if (failure === undefined || this.#socket.readableLength > 0) this.#socket.resume();
    else process.nextTick(() => this.events?.readFailed(failure));
  }

  /** What Node has read before it failed, and keeps while the socket is paused, comes first. */
  #reportReadFailure(failure: Failure): void {
    if (this.#socket.readableLength === 0) this.events?.readFailed(failure);
  }

  pause(): void {
    this.#socket.pause();
  }

  ref(): void {
    if (this.#waiting++ === 0) this.#socket.ref();
  }

  unref(): void {
    if (--this.#waiting === 0 && !this.isClosed) this.#socket.unref();
  }

  close(): void {
    this.isClosed = true;
    this.events = null;
    this.#destroy();
  }

  readonly #onConnect = (): void => {
    if (this.isClosed) return;
    this.#socket.unref();
    this.#connection?.connected();
  };

  /** Called for every write, also for one that had gone out at once. */
  readonly #onWritten = (): void => {
    if (this.#socket.writableLength === 0 && this.#socket.errored === null) this.events?.written();
  };

  #onError(error: Error): void {
    if (this.isClosed) return;
    const syscall = "syscall" in error ? error.syscall : undefined;
    if (syscall === "read") {
      this.#readFailure = failureOf(error);
      this.#reportReadFailure(this.#readFailure);
    } else if (this.#socket.connecting || syscall === "connect") {
      this.#connection?.connectFailed(error);
    } else {
      keepReadable(this.#socket);
      this.events?.writeFailed(toReset(error));
    }
  }
}

/**
 * A failed write marks the readable side of Node's stream, too, which then refuses to read on. There is no
 * public way to take that back. A resume() that met the mark has started nothing: that is made good here.
 */
function keepReadable(socket: Socket): void {
  const state: unknown = Reflect.get(socket, "_readableState");
  if (typeof state === "object" && state !== null) Reflect.set(state, "errored", null);
  if (!socket.isPaused()) socket.read(0);
}

/** A peer that is gone is ECONNRESET to a sender; EPIPE is for the one who said he was done. */
function toReset(error: Error): Failure {
  const failure = failureOf(error);
  const isGone = failure.code === "EPIPE" || codeOf(error) === "ENOTCONN";
  return isGone ? { code: "ECONNRESET", cause: error } : failure;
}
