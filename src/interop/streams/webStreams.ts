import { Duplex } from "node:stream";
import type { ReadableStream, WritableStream } from "node:stream/web";
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
 * @param s - A bytestream socket, which is taken over.
 * @returns The two streams. The socket is closed when both have ended, or one is canceled or aborted.
 * @throws {@link DillError}
 * - `EBADF`: the handle is not open.
 * - `ECANCELED`: the coroutine is being canceled.
 * - `ENOTSUP`: the handle is not a bytestream, or one that gives its bytes only all at once.
 * Source: Streams, https://streams.spec.whatwg.org
 */
export function toWebStreams(s: Bytestream): WebStreams {
  return Duplex.toWeb(toDuplex(s));
}

/**
 * A bytestream socket of two Web streams, as {@link fromDuplex} makes one of a Node stream. Never blocks.
 *
 * @param streams - A readable and a writable stream of bytes, which the socket locks.
 * @returns Handle of the socket.
 * @throws {@link DillError}
 * - `ECANCELED`: the coroutine is being canceled.
 * Source: Streams, https://streams.spec.whatwg.org
 */
export function fromWebStreams(streams: WebStreams): StreamSocket {
  return fromDuplex(Duplex.fromWeb(streams));
}
