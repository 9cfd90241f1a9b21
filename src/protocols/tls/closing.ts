// The farewell of a socket that is closed right behind it: the engine needs another turn to say it, and then the socket would be gone.
import {
  dropHandle,
  type Handle,
  ownerOf,
  type Resource,
  resourceOf,
} from "../../handles/index.js";
import type { TlsEngine } from "../../host/tls/index.js";
import type { Waiter } from "../../kernel/index.js";

interface Closing {
  readonly carrier: Handle;
  readonly engine: TlsEngine;
  settling: Waiter | null;
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

/** Whether a coroutine sends or receives. */
export function isInUse(tls: { checkIdle(syscall: string): void }): boolean {
  try {
    tls.checkIdle("hclose");
    return false;
  } catch {
    return true;
  }
}
