import type { Duplex } from "node:stream";
import { dillError, textOf } from "../../errors/index.js";
import { type Handle, isShuttingDown, makeHandle, shutDownError } from "../../handles/index.js";
import { type Bytestream, Connection, type ConnectionKind } from "../../sockets/index.js";
import { DuplexSocket } from "./duplexSocket.js";

/** Handle of a Node stream. */
export type StreamSocket = Handle<"stream"> & Bytestream;

export const streamKind: ConnectionKind = { name: "a stream" };

/**
 * A bytestream socket of a Node stream: of a TCP or TLS socket, a child's pipes, a pair of streams of your own.
 *
 * The stream belongs to the socket from now on; {@link hclose} destroys it. `bsend` is done when the stream has called
 * back. An error of the stream breaks both directions: a peer that has gone is `ECONNRESET`, for a receive, too. Never blocks.
 *
 * @param duplex - A stream that can be read and written, of which nothing has been read yet.
 * @returns Handle of the socket: a bytestream for {@link bsend} and {@link brecv}.
 * @throws {@link DillError}
 * - `EBUSY`: the stream is a socket's already.
 * - `ECANCELED`: the coroutine is being canceled.
 * - `EINVAL`: it is no such stream, it has been destroyed, or it gives objects or text.
 * Source: stream.Duplex of Node, https://nodejs.org/api/stream.html
 */
export function fromDuplex(duplex: Duplex): StreamSocket {
  checkDuplex(duplex);
  if (isShuttingDown()) throw shutDownError(syscall);
  if (taken.has(duplex)) {
    throw dillError("EBUSY", syscall, "the stream is a socket's already");
  }
  taken.add(duplex);
  const connection = new Connection(new DuplexSocket(duplex), streamKind);
  if (duplex.readableEnded) connection.ended();
  if (duplex.writableEnded) connection.done(syscall);
  return makeHandle<StreamSocket>(connection, syscall);
}

const syscall = "from_duplex";
const taken = new WeakSet<Duplex>();

function checkDuplex(duplex: Duplex): void {
  const given: unknown = duplex;
  const isDuplex =
    typeof given === "object" && given !== null && "write" in given && "read" in given;
  if (!isDuplex) throw invalid(`fromDuplex takes a Duplex stream, not ${textOf(given)}`);
  if (duplex.destroyed || duplex.errored !== null) throw invalid("the stream has been destroyed");
  if (duplex.readableObjectMode || duplex.writableObjectMode) {
    throw invalid("the stream is one of objects, and a bytestream carries bytes");
  }
  if (duplex.readableEncoding !== null) {
    throw invalid("the stream has an encoding and gives text: leave out setEncoding()");
  }
}

function invalid(message: string): Error {
  return dillError("EINVAL", syscall, message);
}
