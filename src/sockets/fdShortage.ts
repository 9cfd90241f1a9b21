// Whether a descriptor is left for a connection that an accept is about to wait for.
//
// To look costs an eighth of a whole connection (bench: connect). So of the accepts that begin to wait in quick
// succession only the first one looks, and after the last there is one more look for all that wait by then.
import { type Failure, host } from "../host/index.js";

/** An accept that waits, though nobody has looked for it. */
interface Doubtful {
  acceptFailed(failure: Failure): void;
}

/** For how long a look counts, in milliseconds. */
const trusted = 1;

let lastLook = -Infinity;
let isLookAsked = false;
const doubtful = new Set<Doubtful>();

/** Why the accept must not wait, if that is known. It may hear of it later, until it has called `forget`. */
export function lackOfDescriptors(accept: Doubtful): Failure | undefined {
  if (host.now() - lastLook >= trusted) return look();
  doubtful.add(accept);
  if (!isLookAsked) {
    isLookAsked = true;
    host.afterUnref(trusted, lookOnceMore);
  }
  return undefined;
}

/** It waits no longer. */
export function forget(accept: Doubtful): void {
  doubtful.delete(accept);
}

function lookOnceMore(): void {
  isLookAsked = false;
  if (doubtful.size === 0) return;
  const failure = look();
  const all = [...doubtful];
  doubtful.clear();
  if (failure !== undefined) for (const accept of all) accept.acceptFailed(failure);
}

function look(): Failure | undefined {
  const failure = host.sockets.lackOfDescriptors();
  lastLook = failure === undefined ? host.now() : -Infinity;
  return failure;
}
