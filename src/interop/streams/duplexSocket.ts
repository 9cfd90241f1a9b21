import type { Duplex } from "node:stream";
import {
  brokenBy,
  type Failure,
  failureAtEnd,
  host,
  type HostSocket,
  type SocketEvents,
} from "../../host/index.js";

/**
 * A Node stream as the host's socket.
 *
 * A stream may call back and emit from inside `write`, `end`, `resume` or `pause`. A host's socket never does: an
 * operation that calls `write` is not waiting yet, so it would miss the event. Such events are queued here and
 * delivered in a microtask, and later ones queue behind them.
 */
export class DuplexSocket implements HostSocket {
  readonly isRefable = false;
  events: SocketEvents | null = null;
  readonly #duplex: Duplex;
  readonly #queue: ((events: SocketEvents) => void)[] = [];
  /** How many calls into the stream are on the stack. A stream may call hclose or bsend, so that they nest. */
  #depth = 0;

  constructor(duplex: Duplex) {
    this.#duplex = duplex;
    duplex.pause();
    duplex.on("data", (bytes: Buffer) => this.#tell((to) => to.received(bytes, bytes.length)));
    duplex.on("end", () => this.#onEnd());
    duplex.on("error", (error) => this.#fail(brokenBy(error)));
    duplex.on("close", () => this.#fail({ code: "ECONNRESET" }));
    duplex.pause(); // a listener for data has let it flow
  }

  /** Only the stream's callback says that the bytes were passed on. */
  write(bytes: Uint8Array): boolean {
    this.#call(() => {
      this.#duplex.write(bytes, (error) => {
        if (error === null || error === undefined) this.#tell((to) => to.written());
        else this.#tell((to) => to.writeFailed(brokenBy(error)));
      });
    });
    return false;
  }

  end(): void {
    this.#call(() => this.#duplex.end());
  }

  resume(): void {
    this.#call(() => this.#duplex.resume());
  }

  pause(): void {
    this.#call(() => this.#duplex.pause());
  }

  /** The stream itself decides whether it keeps the process alive. */
  ref(): void {}

  unref(): void {}

  close(isTorn = false): void {
    this.events = null;
    this.#queue.length = 0;
    if (isTorn) this.#call(() => this.#reset());
    this.#duplex.destroy();
  }

  /** To a socket's peer, destroy() alone would look like the end. A socket that is not TCP throws. */
  #reset(): void {
    const duplex: Duplex & { resetAndDestroy?: () => unknown } = this.#duplex;
    duplex.resetAndDestroy?.();
  }

  /** What the stream throws is a failure of the stream, and not of the operation that happens to call it. */
  #call(job: () => void): void {
    this.#depth += 1;
    try {
      job();
    } catch (error) {
      this.#fail(brokenBy(error));
    } finally {
      this.#depth -= 1;
    }
  }

  #onEnd(): void {
    const failure = failureAtEnd(this.#duplex);
    this.#tell((to) => (failure === undefined ? to.ended() : to.readFailed(failure)));
  }

  #fail(failure: Failure): void {
    this.#tell((to) => {
      to.readFailed(failure);
      to.writeFailed(failure);
    });
  }

  #tell(event: (events: SocketEvents) => void): void {
    if (this.events === null) return;
    if (this.#depth === 0 && this.#queue.length === 0) {
      event(this.events);
      return;
    }
    this.#queue.push(event);
    if (this.#queue.length === 1) host.microtask(() => this.#deliver());
  }

  /** The event stays in the queue until it is delivered, so that an event it causes queues behind the others. */
  #deliver(): void {
    for (let next = this.#queue[0]; next !== undefined; next = this.#queue[0]) {
      if (this.events !== null) next(this.events);
      this.#queue.shift();
    }
  }
}
