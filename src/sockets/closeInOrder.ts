import { isErrno } from "../errors/index.js";
import { closeHandle, type Handle, isOpen } from "../handles/index.js";
import { readDeadline, Rounds, type Steps } from "../kernel/index.js";
import type { BytestreamMethods } from "./bytestream.js";
import type { Connection } from "./connection.js";
import { brokenError } from "./direction.js";

/** Says that nothing more will be sent, and waits for the peer's end. The handle is closed however it goes. */
export function* closeInOrder(
  s: Handle,
  connection: Connection,
  deadline: number,
  syscall: string,
): Steps<void> {
  try {
    connection.incoming.checkFree(syscall); // else it would seem torn
    if (connection.incoming.state === "broken") throw brokenError(syscall);
    yield* endInOrder(connection, deadline, syscall);
  } finally {
    if (isOpen(s)) closeHandle(s, syscall);
  }
}

/** How many bytes are dropped at once. */
const gap = { skip: 65536 };

/**
 * The end that both sides have seen: a socket that is closed while bytes lie unread is reset, and the peer may lose what it
 * has not read yet. A torn stream has no such end. It does not matter whether a message was torn in what has come.
 */
export function* endInOrder(
  methods: BytestreamMethods,
  deadline: number,
  syscall: string,
): Steps<void> {
  if (methods.isTorn === true) throw brokenError(syscall);
  if (methods.done === undefined) return; // the peer learns of the end by the close
  try {
    methods.done(syscall);
  } catch (error) {
    if (!isErrno(error, "EPIPE")) throw error; // it has been said before
  }
  try {
    if (methods.drain !== undefined) yield* methods.drain(deadline, syscall);
    else yield* dropAll(methods, deadline, syscall);
  } catch (error) {
    if (!isErrno(error, "EPIPE")) throw error; // the peer's end
  }
}

/** Receives and drops, up to the peer's end, which is EPIPE. */
export function* dropAll(
  methods: BytestreamMethods,
  deadline: number,
  syscall: string,
): Steps<never> {
  const rounds = new Rounds(syscall);
  const end = readDeadline(deadline, syscall);
  for (;;) {
    yield* methods.receive([gap], deadline, syscall);
    yield* rounds.next(end);
  }
}
