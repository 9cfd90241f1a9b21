// Every operation that can wait, as a table: what holds for one has to hold for all. A test goes through it with a
// loop, so that an operation that is added here is covered at once.
import {
  brecv,
  brecvl,
  brecvSome,
  bsend,
  bundle,
  bundleClose,
  bundleGo,
  bundleWait,
  type Channel,
  chmake,
  choose,
  chrecv,
  chsend,
  type Coroutine,
  go,
  hclose,
  type Handle,
  ipcAccept,
  ipcConnect,
  ipcListen,
  ipcPair,
  isErrno,
  join,
  msleep,
  now,
  type Operation,
  scope,
  until,
  withDeadline,
  yieldNow,
} from "libdill-ts";
import { socketPath } from "./tempDir.js";

/** What `yield*` takes in a coroutine. */
export type Waits = Operation<unknown> | Coroutine<unknown>;

/** All that is needed to wait in an operation once, or, if it is cut short each time, again and again. */
export interface Waiting {
  /** The operation, a new one each time. Nothing has happened before the `yield*`. */
  readonly op: () => Waits;
  /** Lets the wait succeed. There is none for what only the clock ends. */
  readonly release?: () => Waits;
  /** Closes what it was made of. */
  readonly close: () => void;
}

export interface OperationCase {
  readonly name: string;
  /** A coroutine that is told while it waits gets ECANCELED here. If not, it gets its result, and ECANCELED next. */
  readonly isCutShort: boolean;
  /** Once it was released, the result is there and its coroutine has not run yet; elsewhere the outside has to act. */
  readonly isExact: boolean;
  /** It is an object of the library; a bare `yield` is not. */
  readonly isObject: boolean;
  /** Makes what it needs. */
  readonly set: () => Coroutine<Waiting>;
}

const usual = { isCutShort: true, isExact: true, isObject: true };
const fromOutside = { ...usual, isExact: false };

export const operations: readonly OperationCase[] = [
  {
    ...usual,
    name: "chsend",
    *set() {
      const [a, z] = chmake<number>();
      return {
        op: () => chsend(a, 1, -1),
        release: () => chrecv(z, -1),
        close: () => closeAll(a, z),
      };
    },
  },
  {
    ...usual,
    name: "chrecv",
    *set() {
      const gate = newGate();
      return { op: () => chrecv(gate.far, -1), release: gate.open, close: gate.close };
    },
  },
  {
    ...usual,
    name: "choose",
    *set() {
      const gate = newGate();
      const idle = chmake<number>();
      return {
        op: () =>
          choose(
            [
              { op: "recv", ch: idle[1] },
              { op: "recv", ch: gate.far },
            ],
            -1,
          ),
        release: gate.open,
        close: () => {
          gate.close();
          closeAll(...idle);
        },
      };
    },
  },
  {
    ...usual,
    name: "choose of ends and promises",
    *set() {
      const gate = newGate();
      const h = go(gate.wait());
      const never = new Promise<never>(() => {});
      const { signal } = new AbortController();
      return {
        op: () =>
          choose(
            [
              { op: "until", promise: never },
              { op: "abort", signal },
              { op: "join", h },
            ],
            -1,
          ),
        release: gate.openAndLetEnd,
        close: () => {
          hclose(h);
          gate.close();
        },
      };
    },
  },
  {
    ...usual,
    name: "join",
    *set() {
      const gate = newGate();
      const h = go(gate.wait());
      return {
        op: () => join(h, -1),
        release: gate.openAndLetEnd,
        close: () => {
          hclose(h);
          gate.close();
        },
      };
    },
  },
  {
    ...usual,
    name: "bundleWait",
    *set() {
      const gate = newGate();
      const b = bundle();
      bundleGo(b, gate.wait());
      return {
        op: () => bundleWait(b, -1),
        release: gate.openAndLetEnd,
        close: () => {
          hclose(b);
          gate.close();
        },
      };
    },
  },
  {
    ...fromOutside,
    name: "msleep",
    *set() {
      return { op: () => msleep(now() + 3600_000), close: () => {} };
    },
  },
  {
    ...usual,
    name: "yieldNow",
    isCutShort: false,
    *set() {
      return { op: () => yieldNow(), release: nothing, close: () => {} };
    },
  },
  {
    ...usual,
    name: "a bare yield",
    isCutShort: false,
    isObject: false,
    *set() {
      return { op: () => bareYield(), release: nothing, close: () => {} };
    },
  },
  {
    ...fromOutside,
    name: "brecv",
    *set() {
      const [a, z] = yield* ipcPair();
      return {
        op: () => brecv(a, 1, -1),
        release: () => bsend(z, Buffer.from("!"), -1),
        close: () => closeAll(a, z),
      };
    },
  },
  {
    ...fromOutside,
    name: "brecvl",
    *set() {
      const [a, z] = yield* ipcPair();
      return {
        op: () => brecvl(a, [1], -1),
        release: () => bsend(z, Buffer.from("!"), -1),
        close: () => closeAll(a, z),
      };
    },
  },
  {
    ...fromOutside,
    name: "brecvSome",
    *set() {
      const [a, z] = yield* ipcPair();
      return {
        op: () => brecvSome(a, 10, -1),
        release: () => bsend(z, Buffer.from("!"), -1),
        close: () => closeAll(a, z),
      };
    },
  },
  {
    ...fromOutside,
    name: "bsend that finds the kernel's buffer full",
    *set() {
      const [a, z] = yield* ipcPair();
      const bytes = Buffer.alloc(4_000_000);
      return {
        op: () => bsend(a, bytes, -1),
        release: () => brecv(z, bytes.length, -1),
        close: () => closeAll(a, z),
      };
    },
  },
  {
    ...fromOutside,
    name: "ipcAccept",
    *set() {
      const path = socketPath();
      const ls = yield* ipcListen(path, 10);
      const made: Handle[] = [ls];
      return {
        op: () => ipcAccept(ls, -1), // what it accepts, the end of the run closes
        *release() {
          made.push(yield* ipcConnect(path, -1));
        },
        close: () => closeAll(...made.reverse()),
      };
    },
  },
  {
    ...fromOutside,
    name: "until",
    *set() {
      let settle = (): void => {};
      const promise = new Promise<void>((resolve) => {
        settle = resolve;
      });
      return {
        op: () => until(promise, -1),
        *release() {
          settle();
        },
        close: () => {},
      };
    },
  },
  {
    ...usual,
    name: "scope",
    *set() {
      const gate = newGate();
      return {
        op: () => scope(() => gate.wait()),
        release: gate.openAndLetEnd,
        close: gate.close,
      };
    },
  },
  {
    ...usual,
    name: "withDeadline",
    *set() {
      const gate = newGate();
      return {
        op: () => withDeadline(now() + 3600_000, () => gate.wait()),
        release: gate.openAndLetEnd,
        close: gate.close,
      };
    },
  },
  {
    ...usual,
    name: "bundleClose",
    isCutShort: false,
    *set() {
      const gate = newGate();
      return {
        op: () => bundleClose(lingering(gate), now() + 3),
        release: gate.openAndLetEnd,
        close: gate.close,
      };
    },
  },
];

/** The operations that are objects, and so can be taken apart and run in an Effection program. */
export const operationObjects: readonly OperationCase[] = operations.filter(
  ({ isObject }) => isObject,
);

interface Gate {
  readonly far: Channel<number>;
  /** Waits until it is opened. */
  wait(): Coroutine<number>;
  /** Whoever waits is ready when this returns. */
  open(): Coroutine;
  /** Whoever waits has run on when this returns, and whom that has woken is ready. */
  openAndLetEnd(): Coroutine;
  close(): void;
}

function newGate(): Gate {
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

/** A bundle with a coroutine that, when it is told, waits for the gate. */
function lingering(gate: Gate): ReturnType<typeof bundle> {
  const b = bundle();
  bundleGo(
    b,
    (function* () {
      try {
        yield* msleep(-1);
      } catch (error) {
        if (!isErrno(error, "ECANCELED")) throw error;
        yield* gate.wait();
      }
    })(),
  );
  return b;
}

function* bareYield(): Coroutine {
  yield;
}

function* nothing(): Coroutine {}

function closeAll(...handles: readonly Handle[]): void {
  for (const h of handles) hclose(h);
}
