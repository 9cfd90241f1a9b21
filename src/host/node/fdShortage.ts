// Whether the process has a descriptor left for a connection that an accept is about to wait for. Where it has
// none, Node closes whatever connection comes, without a word.
//
// One look costs an eighth of a whole connection (bench: connect). So of the accepts that begin to wait in quick
// succession only the first one looks. After the last one there is one more look, for all that wait by then.
import { closeSync, openSync } from "node:fs";
import type { Failure, WaitingAcceptor } from "../sockets.js";
import { failureOf } from "./errnoOf.js";
import { monotonicNow, setTimeout } from "./timers.js";

/** How long a look counts, in milliseconds. */
const trustedFor = 1;

let lastLook = -Infinity;
let isLookAsked = false;
/** Accepts that wait although no look was made for them. */
const unchecked = new Set<WaitingAcceptor>();

/** Why the process has no descriptor left; undefined if it has one. */
export function lackOfDescriptors(): Failure | undefined {
  try {
    closeSync(openSync("/dev/null", "r"));
    return undefined;
  } catch (error) {
    const failure = failureOf(error);
    return failure.code === "EMFILE" || failure.code === "ENFILE" ? failure : undefined;
  }
}

/** Why the accept must not wait, if that is known. It may be told later, until it calls `forget`. */
export function fdShortage(acceptor: WaitingAcceptor): Failure | undefined {
  if (monotonicNow() - lastLook >= trustedFor) return look();
  unchecked.add(acceptor);
  if (!isLookAsked) {
    isLookAsked = true;
    setTimeout(lookOnceMore, trustedFor).unref();
  }
  return undefined;
}

/** The accept no longer waits. */
export function forget(acceptor: WaitingAcceptor): void {
  unchecked.delete(acceptor);
}

function lookOnceMore(): void {
  isLookAsked = false;
  if (unchecked.size === 0) return;
  const failure = look();
  const acceptors = [...unchecked];
  unchecked.clear();
  if (failure === undefined) return;
  for (const acceptor of acceptors) acceptor.acceptFailed(failure);
}

function look(): Failure | undefined {
  const failure = lackOfDescriptors();
  lastLook = failure === undefined ? monotonicNow() : -Infinity;
  return failure;
}
