// Term: an end of the conversation, on a socket that carries messages. It is itself a message.
import { type Operation, operation, type Steps } from "../kernel/index.js";
import {
  attach,
  closeLayer,
  layerOf,
  messageOf,
  type MessageSocket,
  orCloseAfter,
  type Over,
  takeOff,
} from "../sockets/index.js";
import { longestMark, markOf } from "./limits.js";
import { kind, Term } from "./termLayer.js";

/** Handle of a term protocol on a message socket of type `S`. */
export type TermSocket<S extends MessageSocket = MessageSocket> = Over<"term", S> & MessageSocket;

/**
 * Gives a message socket an end: one message that says that nothing more follows.
 *
 * The socket is taken over: its old handle is `EBADF`. Nothing is sent. A message that is sent and equals the terminator is
 * `EINVAL`, unlike in libdill. Never blocks.
 *
 * @param s - A message socket.
 * @param terminator - The message that is the end: up to 32 bytes, or text, whose bytes are those of UTF-8. It may be empty.
 * @returns Handle of the message socket, for {@link msend}, {@link mrecv}, {@link termDone} and {@link termDetach}.
 * @throws {@link DillError}
 * - `EBADF`: the handle is not open; nothing has changed.
 * - `EBUSY`: a coroutine uses the socket; it is closed.
 * - `ECANCELED`: the coroutine is being canceled; the socket is closed.
 * - `EINVAL`: the terminator is none; the socket is closed.
 * - `ENOTSUP`: the handle is not a message socket; it is closed.
 * @see term_attach(3), https://libdill.org/term_attach.html
 */
export function termAttach<S extends MessageSocket>(
  s: S,
  terminator: string | Uint8Array,
): TermSocket<S> {
  return attach(
    s,
    messageOf,
    (carrier, methods) =>
      new Term(carrier, methods, markOf(terminator, 0, longestMark, "terminator", "term_attach")),
    "term_attach",
  );
}

/**
 * Says that nothing more will be sent: sends the terminator.
 *
 * The peer's receives end with `EPIPE`. What the peer sends can still be received.
 *
 * @param s - Handle of a term socket.
 * @param deadline - Point on the clock of {@link now}, in milliseconds; `-1` never, `0` only what can be sent at once.
 * @throws {@link DillError}
 * - `EBADF`: the handle is not open, or was closed meanwhile.
 * - `ENOTSUP`: the handle is not a term socket.
 * - `EPIPE`: this has been said already.
 *
 * Besides, all that {@link msend} throws.
 * @remarks Cancellation: as for {@link msend}.
 * @see term_done(3), https://libdill.org/term_done.html
 */
export function termDone(s: TermSocket, deadline: number): Operation<void> {
  return operation("term_done", () => {
    return layerOf<Term>(s, kind, "term_done").sayEnd(deadline, "term_done");
  });
}

/**
 * Takes the term protocol off a message socket, at the end of both directions.
 *
 * It sends the terminator, if {@link termDone} has not, and drops what the peer sends up to its terminator. If the peer's
 * connection ends instead, that is the end, too.
 *
 * @param s - Handle of a term socket; it is no longer valid.
 * @param deadline - Point on the clock of {@link now}, in milliseconds; `-1` never, `0` only what is there.
 * @returns The message socket, under a new handle.
 * @throws {@link DillError}
 * - `EBADF`: the handle is not open.
 * - `EBUSY`: a coroutine uses the socket; all of it is closed.
 * - `ECANCELED`: the coroutine is being canceled; all of it is closed.
 * - `ECONNRESET`: the connection broke, or an earlier send or receive has failed; all of it is closed.
 * - `EINVAL`: the deadline is none; all of it is closed.
 * - `ENOTSUP`: the handle is not a term socket; it stays as it was.
 * - `ETIMEDOUT`: the deadline came first; all of it is closed.
 * @remarks Cancellation: the whole stack is closed.
 * @see term_detach(3), https://libdill.org/term_detach.html
 */
export function termDetach<S extends MessageSocket>(
  s: TermSocket<S>,
  deadline: number,
): Operation<S> {
  return operation("term_detach", () => takeApart<S>(s, deadline));
}

function* takeApart<S extends MessageSocket>(s: TermSocket<S>, deadline: number): Steps<S> {
  const term = takeOff<Term>(s, kind, "term_detach");
  yield* orCloseAfter(term.carrier, "term_detach", term.finish(deadline, "term_detach"));
  return term.carrier as S;
}

/**
 * Closes a term socket in good order: sends the terminator, if {@link termDone} has not, says that nothing more will be sent, and
 * waits for the end of the peer's connection.
 *
 * As {@link tcpClose} for the sockets beneath, which are closed with it: what the peer still sends is dropped. Over a message
 * socket of your own, which may have no end but the terminator, it waits for the peer's terminator. Whether it succeeds or
 * not, all of it is closed, unless the handle was none of ours. libdill has nothing like it.
 *
 * @param s - Handle of a term socket; it is no longer valid.
 * @param deadline - Point on the clock of {@link now}, in milliseconds; `-1` never, `0` don't wait.
 * @throws {@link DillError}
 * - `EBADF`: the handle is not open.
 * - `EBUSY`: a coroutine uses the socket; it is closed.
 * - `ECANCELED`: the coroutine is being canceled, and the peer's end had not come before.
 * - `ECONNRESET`: the connection is broken, or an earlier send was cut in the middle.
 * - `EINVAL`: the deadline is none; the handle stays open.
 * - `ENOTSUP`: the handle is not a term socket; it stays open.
 * - `ETIMEDOUT`: the deadline came before the peer's end.
 * @remarks Cancellation: the socket is closed, as by {@link hclose}.
 * @example The last message arrives, and the peer knows that it was the last
 * ```ts
 * yield* msend(talk, Buffer.from("goodbye"), deadline);
 * yield* termClose(talk, now() + 1000);
 * ```
 * Source: none in libdill; after {@link tcpClose}.
 */
export function termClose(s: TermSocket, deadline: number): Operation<void> {
  return closeLayer(s, kind, deadline, "term_close");
}
