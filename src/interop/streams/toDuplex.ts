import { Duplex } from "node:stream";
import { dillError, isErrno } from "../../errors/index.js";
import {
  closeHandle,
  dropHandle,
  type Handle,
  hown,
  isOpen,
  isShuttingDown,
  makeHandle,
} from "../../handles/index.js";
import { host } from "../../host/index.js";
import { asOutsider, type Coroutine } from "../../kernel/index.js";
import { type Bundle, bundle, bundleGo } from "../../runtime/index.js";
import {
  brecvSome,
  bsend,
  bsendl,
  type Bytestream,
  type BytestreamMethods,
  bytestreamOf,
} from "../../sockets/index.js";

/**
 * A Node stream of a bytestream socket: for `pipeline`, `node:http` and whatever else wants a `Duplex`.
 *
 * It takes the socket over: the handle is invalid afterwards, and `destroy` closes it. Backpressure works both ways, `end()`
 * says that nothing more will come, and errors are ours, as they are. The run in which it is made destroys it at
 * its end, without an error: a write under way gets `ECANCELED`, a `pipeline` a premature close. Never blocks.
 *
 * @param s - A bytestream socket.
 * @returns The stream, half-open: when the peer ends, it can still be written to.
 * @throws {@link DillError}
 * - `EBADF`: the handle is not open.
 * - `ECANCELED`: the coroutine is being canceled.
 * - `ENOTSUP`: the handle is not a bytestream, or one that gives its bytes only all at once.
 * Source: stream.Duplex of Node, https://nodejs.org/api/stream.html
 */
export function toDuplex(s: Bytestream): Duplex {
  const methods = bytestreamOf(s, syscall);
  if (methods.receiveSome === undefined) {
    const message = "a stream can't be made of a bytestream that gives its bytes only all at once";
    throw dillError("ENOTSUP", syscall, { message });
  }
  if (isShuttingDown()) throw dillError("ECANCELED", syscall);
  return new HandleDuplex(hown(s), methods);
}

const syscall = "to_duplex";
/** How much it receives at a time, at the most. */
const readSize = 65_536;

class HandleDuplex extends Duplex {
  readonly #s: Bytestream;
  readonly #methods: BytestreamMethods;
  /** Its coroutines: one that receives, and one that sends. */
  readonly #bundle: Bundle;
  /** By which the end of the run reaches it, even when nothing is under way. */
  readonly #life: Handle;
  #isRunOver = false;
  #idleLimit: { readonly length: number } | null = null;
  #lastActivity = 0;

  constructor(s: Bytestream, methods: BytestreamMethods) {
    super({ allowHalfOpen: true });
    this.#s = s;
    this.#methods = methods;
    this.#bundle = bundle();
    this.#life = makeHandle({ query: () => undefined, close: () => this.#runEnds() }, syscall);
  }

  // What node:http calls on a connection, and only a net.Socket has.

  /** Emits `timeout` when nothing has come or gone for so many milliseconds; 0 is no limit. */
  setTimeout(length: number, onTimeout?: () => void): this {
    if (onTimeout !== undefined) {
      if (length === 0) this.removeListener("timeout", onTimeout);
      else this.once("timeout", onTimeout);
    }
    this.#idleLimit = length === 0 ? null : { length };
    this.#lastActivity = host.now();
    if (this.#idleLimit !== null) this.#watchIdleness(this.#idleLimit, length);
    return this;
  }

  setKeepAlive(): this {
    return this;
  }

  setNoDelay(): this {
    return this;
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }

  #watchIdleness(limit: { readonly length: number }, delay: number): void {
    host.afterUnref(delay, () => {
      if (this.#idleLimit !== limit || this.destroyed) return;
      const left = this.#lastActivity + limit.length - host.now();
      if (left > 0) this.#watchIdleness(limit, left);
      else this.emit("timeout");
    });
  }

  override _read(): void {
    this.#start(this.#receive());
  }

  override _write(chunk: Buffer, _encoding: string, done: Done): void {
    this.#start(this.#send([chunk], done));
  }

  override _writev(chunks: { readonly chunk: Buffer }[], done: Done): void {
    const list = chunks.map(({ chunk }) => chunk);
    this.#start(this.#send(list, done));
  }

  override _final(done: Done): void {
    try {
      this.#methods.done?.(syscall);
      done();
    } catch (error) {
      done(asError(error));
    }
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    try {
      if (!this.#isRunOver) dropHandle(this.#life);
      for (const h of [this.#bundle, this.#s] as Handle[]) if (isOpen(h)) closeHandle(h, "hclose");
      done(error);
    } catch (late) {
      done(error ?? asError(late));
    }
  }

  /** The stream's doing, and not that of the coroutine which writes, say: that may be canceled. */
  #start(coroutine: Coroutine): void {
    this.#lastActivity = host.now();
    asOutsider(() => bundleGo(this.#bundle, coroutine));
  }

  #runEnds(): void {
    this.#isRunOver = true;
    this.destroy();
  }

  // Whatever follows happens outside the coroutines: they could not close their own bundle.

  *#receive(): Coroutine {
    try {
      const bytes = yield* brecvSome(this.#s, readSize, -1);
      this.#lastActivity = host.now();
      soon(() => this.push(bytes));
    } catch (error) {
      if (isErrno(error, "EPIPE")) soon(() => this.push(null));
      else if (isEndOfRun(error)) soon(() => this.destroy());
      else soon(() => this.destroy(asError(error)));
    }
  }

  *#send(list: readonly Buffer[], done: Done): Coroutine {
    try {
      const [only] = list;
      if (list.length === 1 && only !== undefined) yield* bsend(this.#s, only, -1);
      else yield* bsendl(this.#s, list, -1);
      soon(() => done());
    } catch (error) {
      soon(() => {
        if (isEndOfRun(error)) this.destroy(); // then the error is the callback's alone
        done(asError(error));
      });
    }
  }
}

/** What a listener throws then is uncaught, as with any other stream, and no rejection. */
function soon(job: () => void): void {
  host.microtask(() => {
    try {
      job();
    } catch (error) {
      host.after(0, () => {
        throw error;
      });
    }
  });
}

/** Nobody else knows the handle, to cancel or close it: a run has, whose the bundle is or the socket. */
function isEndOfRun(error: unknown): boolean {
  return isErrno(error, "ECANCELED", "EBADF");
}

type Done = (error?: Error | null) => void;

function asError(error: unknown): Error {
  return error instanceof Error ? error : dillError("EIO", syscall, { cause: error });
}
