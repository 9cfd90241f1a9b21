// The end of a connection in good order, and the farewell of a socket that is closed right behind it: the engine needs another turn
// to say it, and then the socket would be gone.
import {
  dropHandle,
  type Handle,
  ownerOf,
  type Resource,
  resourceOf,
} from "../../handles/index.js";
import type { TlsEngine } from "../../host/tls/index.js";
import type { Steps, Waiter } from "../../kernel/index.js";
import { type BytestreamMethods, type Direction, endInOrder } from "../../sockets/index.js";

interface Closing {
  readonly carrier: Handle;
  readonly engine: TlsEngine;
  settling: Waiter | null;
}

interface Ended {
  readonly engine: TlsEngine;
  readonly outgoing: Direction;
  checkIdle(syscall: string): void;
}

/** The handle is gone at once, and what is beneath a turn later: the run does not end before that. */
export function closeAfterFarewell(tls: Closing): void {
  const beneath = resourceOf(tls.carrier, "hclose");
  const owner = ownerOf(tls.carrier);
  dropHandle(tls.carrier);
  const closed = new Promise<void>((resolve) => {
    const close = (): void => {
      tls.engine.close();
      closeQuietly(beneath);
      resolve();
    };
    tls.settling = { before: null, after: null, fire: close, fail: close };
  });
  owner?.awaitWork(closed);
}

function closeQuietly(resource: Resource): void {
  try {
    resource.close();
  } catch {
    // Nobody is there to be told, and the end of the run may have closed what is beneath already.
  }
}

/** Whether the peer is to be told of the end, and the engine has not said so yet. */
export function owesFarewell(tls: Ended): boolean {
  return tls.outgoing.state === "done" && !tls.engine.isSettled && !isInUse(tls);
}

/** Whether a coroutine sends or receives. */
function isInUse(tls: Ended): boolean {
  try {
    tls.checkIdle("hclose");
    return false;
  } catch {
    return true;
  }
}

/** Says that nothing more will be sent, and waits for the peer's end. */
export function* endOf(
  tls: Ended & BytestreamMethods,
  deadline: number,
  syscall: string,
): Steps<void> {
  tls.checkIdle(syscall);
  yield* endInOrder(tls, deadline, syscall);
}
