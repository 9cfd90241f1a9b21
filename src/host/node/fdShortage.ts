// Whether the process has a descriptor left for a connection that an accept is about to wait for. Where it has
// none, Node closes whatever connection comes, without a word.
//
// One look costs an eighth of a whole connection (bench: connect). So of the accepts that begin to wait in quick
// succession only the first one looks. After the last one there is one more look, for all that wait by then.
import type { Failure, LocalSockets, WaitingAcceptor } from "../sockets.js";
import { fs } from "./builtin.js";
import { failureOf } from "./errnoOf.js";

/** How long a look counts, in milliseconds. */
const trustedFor = 1;

/** What it needs from a host. */
export interface ShortageNeeds {
  /** Looks for a descriptor: undefined if one is left. */
  look(): Failure | undefined;
  now(): number;
  afterUnref(delay: number, job: () => void): void;
}

export function lackOfDescriptors(): Failure | undefined {
  try {
    fs().closeSync(fs().openSync("/dev/null", "r"));
    return undefined;
  } catch (error) {
    const failure = failureOf(error);
    return failure.code === "EMFILE" || failure.code === "ENFILE" ? failure : undefined;
  }
}

export function fdShortages(needs: ShortageNeeds): Pick<LocalSockets, "fdShortage" | "forget"> {
  let lastLook = -Infinity;
  let isLookAsked = false;
  /** Accepts that wait although no look was made for them. */
  const unchecked = new Set<WaitingAcceptor>();

  return {
    fdShortage(acceptor) {
      if (needs.now() - lastLook >= trustedFor) return look();
      unchecked.add(acceptor);
      if (!isLookAsked) {
        isLookAsked = true;
        needs.afterUnref(trustedFor, lookOnceMore);
      }
      return undefined;
    },
    forget(acceptor) {
      unchecked.delete(acceptor);
    },
  };

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
    const failure = needs.look();
    lastLook = failure === undefined ? needs.now() : -Infinity;
    return failure;
  }
}
