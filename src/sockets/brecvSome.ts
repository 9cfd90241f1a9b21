import { dillError } from "../errors/index.js";
import { type Operation, operation, type Steps } from "../runtime/index.js";
import { type Bytestream, bytestreamOf } from "./bytestream.js";

/**
 * Receives what has come: at least one byte, and not more than asked for.
 *
 * For streams whose messages say nothing of their length, and for passing bytes on, as a proxy does. Unlike
 * {@link brecv} it leaves the socket as it was when it is cut short. libdill has nothing like it.
 *
 * @param s - A bytestream socket.
 * @param most - How many bytes to take at the most, from 1 up; what has come beyond waits for the next receive.
 * @param deadline - Point on the clock of {@link now}, in milliseconds; `-1` never, `0` only what is there.
 * @returns The bytes.
 * @throws {@link DillError}
 * - `EBADF`: the handle is not open, or was closed meanwhile.
 * - `EBUSY`: another coroutine is receiving on this socket.
 * - `ECANCELED`: the coroutine is being canceled, and nothing had arrived.
 * - `ECONNRESET`: the connection broke, or an earlier receive failed.
 * - `EINVAL`: the deadline is none, or `most` is no number of bytes from 1 up.
 * - `ENOTSUP`: the handle is not a bytestream, or one that gives its bytes only all at once.
 * - `EPIPE`: the peer will send nothing more.
 * - `ETIMEDOUT`: nothing came before the deadline.
 * @remarks Cancellation: nothing has been taken; nor has it after a deadline.
 * @example Pass everything on, then the end
 * ```ts
 * try {
 *   for (;;) yield* bsend(to, yield* brecvSome(from, 65536, -1), -1);
 * } catch (error) {
 *   if (!isErrno(error, "EPIPE")) throw error;
 *   yield* ipcDone(to, -1);
 * }
 * ```
 * Source: receive_some of trio, https://trio.readthedocs.io/en/stable/reference-io.html
 */
export function brecvSome(s: Bytestream, most: number, deadline: number): Operation<Buffer> {
  return operation(() => receiveSome(s, most, deadline));
}

function* receiveSome(s: Bytestream, most: number, deadline: number): Steps<Buffer> {
  const stream = bytestreamOf(s, syscall);
  if (!Number.isSafeInteger(most) || most < 1) {
    const message = `the number of bytes is a whole number from 1 up, not ${String(most)}`;
    throw dillError("EINVAL", syscall, { message });
  }
  if (stream.receiveSome === undefined) {
    const message = "this bytestream gives its bytes only all at once: use brecv";
    throw dillError("ENOTSUP", syscall, { message });
  }
  return yield* stream.receiveSome(most, deadline, syscall);
}

const syscall = "brecv_some";
