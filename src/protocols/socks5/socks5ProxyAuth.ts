import { dillError, textOf } from "../../errors/index.js";
import { type Operation, operation, readDeadline, type Steps } from "../../kernel/index.js";
import { type Bytestream, type BytestreamMethods, bytestreamOf } from "../../sockets/index.js";
import {
  choiceOf,
  credentials,
  greeting,
  noMethod,
  receive,
  verdictOf,
  withoutPassword,
  withPassword,
} from "./wire.js";

/** Whether the user may use the proxy. */
export type Socks5Check = (user: string, password: string) => boolean;

const syscall = "socks5_proxy_auth";

/**
 * Begins the dialogue with a client, as a proxy: finds out who it is.
 *
 * {@link socks5ProxyRecvcommand} follows. Close the socket if the operation fails: a client that was refused has been told so.
 *
 * @param s - A bytestream that a client has opened.
 * @param check - Is called with user and password; `null` lets everybody in, without asking.
 * @param deadline - Point on the clock of {@link now}, in milliseconds; `-1` never, `0` only what needs no wait.
 * @throws {@link DillError}
 * - `EACCES`: the check has said no, or the client does not offer what is needed.
 * - `EBADF`: the handle is not open, or was closed meanwhile.
 * - `EBUSY`: another coroutine uses the socket.
 * - `ECANCELED`: the coroutine is being canceled.
 * - `ECONNRESET`: the connection broke, or ended in the middle of the dialogue.
 * - `EINVAL`: the deadline is none, `check` is no function, or it has returned neither true nor false: the client was refused.
 * - `ENOTSUP`: the handle is not a bytestream.
 * - `EPIPE`: the client has ended before it said anything; or this side has said that it sends nothing more.
 * - `EPROTO`: the other side does not speak SOCKS5.
 * - `ETIMEDOUT`: the deadline came first.
 *
 * Besides, what `check` throws, once the client was refused.
 * @remarks Cancellation: the dialogue stays where it was.
 * Source: libdill's socks5.c, which has no manual page; RFC 1928 and RFC 1929, https://www.rfc-editor.org/rfc/rfc1929
 */
export function socks5ProxyAuth(
  s: Bytestream,
  check: Socks5Check | null,
  deadline: number,
): Operation<void> {
  return operation(syscall, () => authenticate(s, check, deadline));
}

function* authenticate(s: Bytestream, check: Socks5Check | null, deadline: number): Steps<void> {
  const methods = bytestreamOf(s, syscall);
  readDeadline(deadline, syscall);
  if (check !== null && typeof check !== "function") {
    throw dillError("EINVAL", syscall, `check is a function or null, not ${textOf(check)}`);
  }
  const offered = yield* receive(methods, greeting, deadline, syscall);
  const method = check === null ? withoutPassword : withPassword;
  const isOffered = offered.includes(method);
  yield* methods.send([choiceOf(isOffered ? method : noMethod)], deadline, syscall);
  if (!isOffered) throw dillError("EACCES", syscall, "the client offers no method that is needed");
  if (check !== null) yield* askForPassword(methods, check, deadline);
}

function* askForPassword(
  methods: BytestreamMethods,
  check: Socks5Check,
  deadline: number,
): Steps<void> {
  const { user, password } = yield* receive(methods, credentials, deadline, syscall);
  // A promise, say, of a function that is async, is no yes.
  let answer: unknown = false;
  try {
    answer = check(user, password);
  } finally {
    yield* methods.send([verdictOf(answer === true)], deadline, syscall);
  }
  if (answer === true) return;
  if (answer === false) throw dillError("EACCES", syscall, "no such user or password");
  throw dillError("EINVAL", syscall, `check returns true or false, not ${textOf(answer)}`);
}
