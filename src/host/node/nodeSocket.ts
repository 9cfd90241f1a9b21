// A Node socket behind the host's interface.
//
// Node destroys a socket at its first error, and with it the bytes that the peer has sent and nobody has read yet.
// Here the two directions fail apart. So `destroy`, which Node calls itself, only reports the error, and the
// descriptor stays open until `close`.
import type { Socket } from "node:net";
import { resetAtEnd } from "./endOfStream.js";
import type { Failure, HostReading, HostSocket, SocketEvents } from "../sockets.js";
import { brokenBy, codeOf, failureOf } from "./errnoOf.js";
import { net } from "./builtin.js";
import { descriptorOf, noteClosed, noteOpen } from "./ownDescriptors.js";
import { Refable, reportEnds, reportStarts } from "./refable.js";
import { type Receiver, receiveInto } from "./sharedBuffer.js";
import { nextTick } from "./timers.js";

/** Called instead of the socket's events while it is connecting. */
export interface ConnectionEvents {
  connected(): void;
  connectFailed(error: unknown): void;
}

export class NodeSocket extends Refable implements HostSocket, Receiver {
  readonly isRefable = true;
  events: SocketEvents | null = null;
  protected readonly socket: Socket;
  readonly #connection: ConnectionEvents | undefined;
  #readFailure: Failure | undefined;
  /** What a write was told. The kernel tells it once, and shows the reader an end that the peer has not sent. */
  #reset: Error | undefined;
  #reading: HostReading | undefined;

  constructor(socket: Socket, connection?: ConnectionEvents) {
    super();
    this.socket = socket;
    this.#connection = connection;
    noteOpen(socket);
    socket.destroy = (error?: Error): Socket => {
      if (error !== undefined) this.#onError(error);
      return socket;
    };
    socket.pause();
    receiveInto(socket, this);
    socket.on("end", this.#onEnd);
    if (connection === undefined) socket.unref();
    else socket.once("connect", () => this.#onConnect(connection));
  }

  receive(buffer: Buffer, length: number): void {
    reportStarts();
    this.events?.received(buffer, length);
    reportEnds();
    if (this.#readFailure !== undefined) this.#reportReadFailure(this.#readFailure);
  }

  write(bytes: Uint8Array): boolean {
    this.socket.write(bytes, this.#onWritten);
    // Node tries at once. If the kernel has taken everything, its queue is empty now.
    return this.#hasWritten;
  }

  writev(list: readonly Uint8Array[]): boolean {
    this.socket.cork();
    for (const bytes of list) this.socket.write(bytes, this.#onWritten);
    this.socket.uncork();
    return this.#hasWritten;
  }

  get #hasWritten(): boolean {
    return this.socket.writableLength === 0 && this.socket.errored === null;
  }

  end(): void {
    this.socket.end();
  }

  resume(): void {
    if (this.#reading !== undefined) {
      this.#reading.resume();
      return;
    }
    const failure = this.#readFailure;
    if (failure === undefined || this.socket.readableLength > 0) this.socket.resume();
    else nextTick(() => this.events?.readFailed(failure));
  }

  /** While the socket is paused, Node keeps bytes that it read before the failure. They come first. */
  #reportReadFailure(failure: Failure): void {
    if (this.socket.readableLength === 0) this.events?.readFailed(failure);
  }

  pause(): void {
    (this.#reading ?? this.socket).pause();
  }

  descriptor(): number {
    return descriptorOf(this.socket);
  }

  readThrough(reading: HostReading): void {
    this.#reading = reading;
    if (!this.isRefd) reading.unref();
  }

  /** What keeps the process alive: whoever reads. */
  protected held(): Socket | HostReading {
    return this.#reading ?? this.socket;
  }

  close(): void {
    this.isClosed = true;
    this.events = null;
    this.#reading?.close();
    noteClosed(this.socket);
    net().Socket.prototype.destroy.call(this.socket);
  }

  #onConnect(connection: ConnectionEvents): void {
    if (this.isClosed) return;
    this.socket.unref();
    connection.connected();
  }

  readonly #onEnd = (): void => {
    if (this.isClosed) return;
    const reset = resetAtEnd(this.socket) ?? this.#reset;
    if (reset !== undefined) this.#failReading(reset);
    else if (this.#readFailure === undefined) this.events?.ended();
  };

  /** Node calls this for every write, even for one that the kernel took at once. */
  readonly #onWritten = (): void => {
    if (this.#hasWritten) this.events?.written();
  };

  #failReading(error: Error): void {
    this.#readFailure = failureOf(error);
    this.#reportReadFailure(this.#readFailure);
  }

  #onError(error: Error): void {
    if (this.isClosed) return;
    const syscall = "syscall" in error ? error.syscall : undefined;
    if (syscall === "read") {
      this.#failReading(error);
    } else if (this.socket.connecting || syscall === "connect") {
      this.#connection?.connectFailed(error);
    } else {
      if (codeOf(error) === "ECONNRESET") this.#reset = error; // behind the peer's end it would be EPIPE
      keepReadable(this.socket);
      this.events?.writeFailed(brokenBy(error));
    }
  }
}

/**
 * A failed write also marks the readable side of Node's stream, which then refuses to read on. There is no public
 * way to take the mark back. A resume() that met the mark did not start reading, so reading is started here.
 */
function keepReadable(socket: Socket): void {
  const state: unknown = Reflect.get(socket, "_readableState");
  if (typeof state === "object" && state !== null) Reflect.set(state, "errored", null);
  if (!socket.isPaused()) socket.read(0);
}
