import { Duplex } from "node:stream";
import { dillError, inspectSafely, isErrno, Options, textOf } from "../../errors/index.js";
import {
  closeHandle,
  dropHandle,
  type Handle,
  hown,
  isOpen,
  isShuttingDown,
  makeHandle,
  shutDownError,
} from "../../handles/index.js";
import { host } from "../../host/index.js";
import { asOutsider, type Coroutine, countForeign } from "../../kernel/index.js";
import { type Bundle, bundle, bundleGo } from "../../runtime/index.js";
import {
  brecvSome,
  bsend,
  bsendl,
  type Bytestream,
  type BytestreamMethods,
  bytestreamOf,
} from "../../sockets/index.js";
import { IdleTimer } from "./idleTimer.js";

/**
 * A Node stream of a bytestream socket: for `pipeline`, `node:http` and whatever else wants a `Duplex`.
 *
 * The stream takes the socket over: the handle is invalid afterwards, and `destroy` closes the socket. Backpressure works
 * both ways, `end()` says that nothing more will come, and errors are passed on unchanged. When the peer ends, the
 * stream ends too and closes, as a net.Socket does, unless `allowHalfOpen` is set. The run in which the stream is
 * made destroys it at its end, without an error: a write under way gets `ECANCELED`, a `pipeline` a premature close.
 * If the stream is destroyed while it has bytes to send, or by `resetAndDestroy()`, closing the socket is a reset, as after a
 * send that was cut. Never blocks.
 *
 * @param s - A bytestream socket.
 * @param options - `allowHalfOpen` keeps the stream writable after the peer's end, and the program must end it.
 * @returns The stream.
 * @throws {@link DillError}
 * - `EBADF`: the handle is not open.
 * - `ECANCELED`: the coroutine is being canceled.
 * - `EINVAL`: an option is none; the handle stays as it was.
 * - `ENOTSUP`: the handle is not a bytestream, or one that gives its bytes only all at once.
 * Source: stream.Duplex of Node, https://nodejs.org/api/stream.html
 */
export function toDuplex(
  s: Bytestream,
  options?: { readonly allowHalfOpen?: boolean | undefined },
): Duplex {
  const methods = bytestreamOf(s, syscall);
  const allowHalfOpen = new Options(options, syscall).flag("allowHalfOpen", false);
  if (methods.receiveSome === undefined) {
    const message = "a stream can't be made of a bytestream that gives its bytes only all at once";
    throw dillError("ENOTSUP", syscall, message);
  }
  if (isShuttingDown()) throw shutDownError(syscall);
  return new HandleDuplex(hown(s), methods, allowHalfOpen);
}

const syscall = "to_duplex";
/** The most bytes that one receive takes. */
const readSize = 65_536;

class HandleDuplex extends Duplex {
  readonly #s: Bytestream;
  readonly #methods: BytestreamMethods;
  /** The coroutines of the stream: one receives, and one sends. */
  readonly #bundle: Bundle;
  /** A handle that the end of the run closes, even when neither coroutine is at work. */
  readonly #life: Handle;
  readonly #idleTimer: IdleTimer = new IdleTimer(() => this.emit("timeout"));
  #isRunOver = false;
  #isTorn = false;
  /** How many bytes of those that Node counts as waiting the socket has. */
  #passed = 0;

  constructor(s: Bytestream, methods: BytestreamMethods, allowHalfOpen: boolean) {
    super({ allowHalfOpen });
    this.#s = s;
    this.#methods = methods;
    this.#bundle = bundle();
    this.#life = makeHandle({ query: () => undefined, close: () => this.#runEnds() }, syscall);
    countForeign(1); // whoever uses the stream may have to wait for something else before it sends
    this.read(0); // A net.Socket also reads from the start: code that only writes must learn of the peer's end.
  }

  // Methods of net.Socket that node:http calls on a connection.

  /** Emits `timeout` after so many milliseconds without traffic; 0 removes the limit. */
  setTimeout(length: number, onTimeout?: () => void): this {
    if (!(length >= 0 && length < Infinity)) {
      const message = `setTimeout takes a number of milliseconds, not ${textOf(length)}`;
      throw dillError("EINVAL", "set_timeout", message);
    }
    if (onTimeout !== undefined) {
      if (length === 0) this.removeListener("timeout", onTimeout);
      else this.once("timeout", onTimeout);
    }
    if (!this.destroyed) this.#idleTimer.set(length);
    return this;
  }

  setKeepAlive(): this {
    return this;
  }

  setNoDelay(): this {
    return this;
  }

  /** Destroys the stream, and resets the connection beneath, unless its end has been said. */
  resetAndDestroy(): this {
    this.#isTorn = true;
    return this.destroy();
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
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
    this.#idleTimer.clear();
    countForeign(-1);
    try {
      // Written, and not sent: the peer must not take what it has got for all.
      if (this.#isTorn || this.writableLength > this.#passed) this.#methods.tear?.();
      if (!this.#isRunOver) dropHandle(this.#life);
      for (const h of [this.#bundle, this.#s] as Handle[]) if (isOpen(h)) closeHandle(h, "hclose");
      done(error);
    } catch (late) {
      done(error ?? asError(late));
    }
  }

  /** As an outsider: the coroutine that happens to call `write` may be canceled, and the stream must still work. */
  #start(coroutine: Coroutine): void {
    this.#idleTimer.noteActivity();
    asOutsider(() => bundleGo(this.#bundle, coroutine));
  }

  /** Without the read, a stream that nobody reads from would never emit its end. */
  #peerEnds(): void {
    this.push(null);
    this.read(0);
  }

  #runEnds(): void {
    this.#isRunOver = true;
    this.destroy();
  }

  // Listeners run outside these coroutines, which could not close the bundle that they belong to.

  *#receive(): Coroutine {
    try {
      const bytes = yield* brecvSome(this.#s, readSize, -1);
      this.#idleTimer.noteActivity();
      soon(() => this.push(bytes));
    } catch (error) {
      if (isErrno(error, "EPIPE")) soon(() => this.#peerEnds());
      else if (isEndOfRun(error)) soon(() => this.destroy());
      else soon(() => this.destroy(asError(error)));
    }
  }

  *#send(list: readonly Buffer[], done: Done): Coroutine {
    try {
      const [only] = list;
      if (list.length === 1 && only !== undefined) yield* bsend(this.#s, only, -1);
      else yield* bsendl(this.#s, list, -1);
      this.#passed = list.reduce((sum, { length }) => sum + length, 0);
      soon(() => {
        this.#passed = 0;
        done();
      });
    } catch (error) {
      soon(() => {
        if (isEndOfRun(error)) this.destroy(); // then the error is the callback's alone
        done(asError(error));
      });
    }
  }
}

/** An error of a listener must become an uncaught exception, as with any other stream, and not a rejection. */
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

/** The handle is known only here, so that a cancellation comes from the run that owns the bundle or the socket. */
function isEndOfRun(error: unknown): boolean {
  return isErrno(error, "ECANCELED", "EBADF");
}

type Done = (error?: Error | null) => void;

function asError(error: unknown): Error {
  return isShowable(error) ? error : dillError("EIO", syscall, { cause: error });
}

/** Node's streams look at the stack of an error, and so do those who print it. */
function isShowable(error: unknown): error is Error {
  return inspectSafely(() => error instanceof Error && typeof error.stack !== "symbol", false);
}
