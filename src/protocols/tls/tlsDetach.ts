import { isErrno } from "../../errors/index.js";
import { type Operation, operation, readDeadline, type Steps } from "../../kernel/index.js";
import { brokenError, type Bytestream, orCloseAfter, takeOff } from "../../sockets/index.js";
import { sayDone } from "./sayingDone.js";
import { Settling } from "./settling.js";
import type { TlsSocket } from "./tlsAttach.js";
import { type Tls, tlsKind } from "./tlsLayer.js";

/**
 * Takes TLS off a bytestream, at the end of both directions. What is sent from then on is plain.
 *
 * It says that nothing more will be sent, if {@link tlsDone} has not, and drops what the peer sends up to the peer's end. The first byte
 * behind that is the next one to be received.
 *
 * @param s - Handle of a TLS socket; it is no longer valid.
 * @param deadline - Point on the clock of {@link now}, in milliseconds; `-1` never, `0` only what is there.
 * @returns The bytestream, under a new handle.
 * @throws {@link DillError}
 * - `EACCES`: the peer has refused our certificate; all of it is closed.
 * - `EBADF`: the handle is not open.
 * - `EBUSY`: a coroutine uses the socket; all of it is closed.
 * - `ECANCELED`: the coroutine is being canceled; all of it is closed.
 * - `ECONNRESET`: the connection broke or ended, or an earlier send or receive has failed; all of it is closed.
 * - `EINVAL`: the deadline is none; all of it is closed.
 * - `ENOTSUP`: the handle is not a TLS socket; it stays as it was.
 * - `EPROTO`: the peer breaks the rules of TLS; all of it is closed.
 * - `ETIMEDOUT`: the deadline came first; all of it is closed.
 * @remarks Cancellation: the whole stack is closed.
 * @see tls_detach(3), https://libdill.org/tls_detach.html
 */
export function tlsDetach<S extends Bytestream>(s: TlsSocket<S>, deadline: number): Operation<S> {
  return operation("tls_detach", () => takeApart<S>(s, deadline));
}

function* takeApart<S extends Bytestream>(s: TlsSocket<S>, deadline: number): Steps<S> {
  const tls = takeOff<Tls>(s, tlsKind, "tls_detach");
  yield* orCloseAfter(tls.carrier, "tls_detach", finish(tls, deadline, "tls_detach"));
  return tls.carrier as S;
}

function* finish(tls: Tls, deadline: number, syscall: string): Steps<void> {
  try {
    readDeadline(deadline, syscall);
    tls.checkIdle(syscall);
    tls.checkEngine(syscall);
    if (tls.isBroken) throw brokenError(syscall);
    if (tls.outgoing.state === "open") yield* sayDone(tls, deadline, syscall);
    if (!tls.hasEnded) yield* dropRest(tls, deadline, syscall);
    while (!tls.engine.isSettled) yield* new Settling(tls, deadline, syscall);
  } finally {
    tls.engine.close();
  }
}

function* dropRest(tls: Tls, deadline: number, syscall: string): Steps<void> {
  try {
    yield* tls.receive([{ skip: Infinity }], deadline, syscall);
  } catch (error) {
    if (!isErrno(error, "EPIPE")) throw error;
  }
}
