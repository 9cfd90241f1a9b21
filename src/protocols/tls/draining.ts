// Dropping what still comes, up to the peer's end.
import { isErrno } from "../../errors/index.js";
import type { Steps } from "../../kernel/index.js";
import { brokenError, type BytestreamMethods, dropAll, hasFailed } from "../../sockets/index.js";

/** A stream that has failed in the middle can't be decrypted any more: what is dropped then are the carrier's bytes. */
export function* drainThrough(
  tls: BytestreamMethods,
  carrier: BytestreamMethods,
  deadline: number,
  syscall: string,
): Steps<void> {
  try {
    if (!hasFailed(carrier)) yield* dropAll(tls, deadline, syscall);
  } catch (error) {
    if (!isErrno(error, "ECONNRESET", "EPROTO")) throw error;
  }
  if (carrier.drain === undefined) throw brokenError(syscall);
  yield* carrier.drain(deadline, syscall);
}
