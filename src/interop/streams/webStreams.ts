import { Duplex } from "node:stream";
import { ReadableStream, WritableStream } from "node:stream/web";
import { dillError } from "../../errors/index.js";
import { isShuttingDown, shutDownError } from "../../handles/index.js";
import type { Bytestream } from "../../sockets/index.js";
import { fromDuplex, type StreamSocket } from "./fromDuplex.js";
import { toDuplex } from "./toDuplex.js";

/** The two sides of a connection as Web streams of bytes. */
export interface WebStreams {
  readonly readable: ReadableStream<Uint8Array>;
  readonly writable: WritableStream<Uint8Array>;
}

/**
 * The Web streams of a bytestream socket, as {@link toDuplex} makes a Node stream of it. Never blocks.
 *
 * Closing the writable side says that nothing more will come; the readable side goes on.
 *
 * @param s - A bytestream socket, which is taken over.
 * @returns The two streams. The socket is closed when both have ended, or one is canceled or aborted.
 * @throws {@link DillError}
 * - `EBADF`: the handle is not open.
 * - `ECANCELED`: the coroutine is being canceled.
 * - `ENOTSUP`: the handle is not a bytestream, or one that gives its bytes only all at once.
 * Source: Streams, https://streams.spec.whatwg.org
 */
export function toWebStreams(s: Bytestream): WebStreams {
  const duplex = toDuplex(s, { allowHalfOpen: true });
  return { readable: readableOf(duplex), writable: writableOf(duplex) };
}

// Not those that Node makes: their ends, of the readable up to Node 22, wait for the other side's.

function readableOf(duplex: Duplex): ReadableStream<Uint8Array> {
  let hasEnded = false;
  return new ReadableStream({
    start(controller) {
      duplex.pause();
      duplex.on("data", (chunk: Buffer) => {
        controller.enqueue(new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength));
        if ((controller.desiredSize ?? 0) <= 0) duplex.pause();
      });
      duplex.on("end", () => {
        hasEnded = true;
        controller.close();
      });
      duplex.on("error", (error) => controller.error(error));
      duplex.on("close", () => {
        if (!hasEnded) controller.error(destroyed());
      });
      duplex.pause(); // a listener for data has let it flow
    },
    pull() {
      duplex.resume();
    },
    cancel(reason) {
      hasEnded = true;
      duplex.destroy(reason);
    },
  });
}

function destroyed(): Error {
  return new Error("the stream has been destroyed");
}

function writableOf(duplex: Duplex): WritableStream<Uint8Array> {
  return new WritableStream({
    start(controller) {
      duplex.on("error", (error) => controller.error(error));
      duplex.on("close", () => controller.error(destroyed()));
      // At once, and not when the write under way has ended.
      const signal: unknown = Reflect.get(controller, "signal");
      if (signal instanceof AbortSignal) {
        signal.addEventListener("abort", () => duplex.destroy(signal.reason));
      }
    },
    write: (chunk) => settled((done) => duplex.write(chunk, done)),
    close: () => settled((done) => duplex.end(done)),
  });
}

function settled(act: (done: (error?: Error | null) => void) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    act((error) => {
      if (error === null || error === undefined) resolve();
      else reject(error);
    });
  });
}

/**
 * A bytestream socket of two Web streams, as {@link fromDuplex} makes one of a Node stream. Never blocks.
 *
 * @param streams - A readable and a writable stream of bytes, which the socket locks.
 * @returns Handle of the socket.
 * @throws {@link DillError}
 * - `EBUSY`: a stream is locked already.
 * - `ECANCELED`: the coroutine is being canceled.
 * - `EINVAL`: it is no such pair.
 * Source: Streams, https://streams.spec.whatwg.org
 */
export function fromWebStreams(streams: WebStreams): StreamSocket {
  const syscall = "from_web_streams";
  const given: Partial<WebStreams> | null | undefined = streams;
  if (!(given?.readable instanceof ReadableStream && given.writable instanceof WritableStream)) {
    const message =
      "fromWebStreams takes { readable, writable }, a ReadableStream and a WritableStream";
    throw dillError("EINVAL", syscall, message);
  }
  if (isShuttingDown()) throw shutDownError(syscall);
  if (streams.readable.locked || streams.writable.locked) {
    throw dillError("EBUSY", syscall, "the streams are locked: somebody uses them");
  }
  return fromDuplex(Duplex.fromWeb(streams, { allowHalfOpen: true }));
}
