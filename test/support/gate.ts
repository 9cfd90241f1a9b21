// Lets one coroutine wait until another one opens.
import {
  type Channel,
  chmake,
  chrecv,
  chsend,
  type Coroutine,
  type Handle,
  hclose,
  isErrno,
} from "libdill-ts";

export interface Gate {
  readonly far: Channel<number>;
  /** Waits until it is opened. */
  wait(): Coroutine<number>;
  /** Whoever waits is ready when this returns. */
  open(): Coroutine;
  /** Whoever waits has run on when this returns, and whom that has woken is ready. */
  openAndLetEnd(): Coroutine;
  close(): void;
}

export function newGate(): Gate {
  const [near, far] = chmake<number>();
  return {
    far,
    *wait() {
      return yield* chrecv(far, -1);
    },
    *open() {
      yield* chsend(near, 1, -1);
    },
    *openAndLetEnd() {
      yield* chsend(near, 1, -1);
      yield;
    },
    close: () => closeAll(near, far),
  };
}

export function closeAll(...handles: readonly Handle[]): void {
  for (const h of handles) hclose(h);
}

/** Those of the handles that have not been closed, or taken over, before. */
export function closeOpen(...handles: readonly Handle[]): void {
  for (const h of handles) {
    try {
      hclose(h);
    } catch (error) {
      if (!isErrno(error, "EBADF")) throw error;
    }
  }
}
