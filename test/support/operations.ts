// Every operation that can wait, as a table: what holds for one has to hold for all. A test goes through it with a
// loop, so that an operation that is added here is covered at once.
import { EventEmitter } from "node:events";
import { withResolvers } from "effection";
import {
  bundle,
  bundleClose,
  bundleGo,
  bundleWait,
  chmake,
  choose,
  chrecv,
  chsend,
  type Coroutine,
  go,
  hclose,
  isErrno,
  join,
  msleep,
  now,
  scope,
  sendAll,
  sendEvents,
  until,
  withDeadline,
  yieldNow,
} from "libdill-ts";
import { fromEffection } from "libdill-ts/effection";
import { descriptorOperations } from "./descriptorOperations.js";
import { closeAll, type Gate, newGate } from "./gate.js";
import { messageOperations } from "./messageOperations.js";
import { fromOutside, type OperationCase, usual } from "./operationCase.js";
import { httpOperations } from "./httpOperations.js";
import { tlsOperations } from "./tlsOperations.js";
import { socketOperations } from "./socketOperations.js";
import { wsOperations } from "./wsOperations.js";
import { socks5Operations } from "./socks5Operations.js";
import { udpOperations } from "./udpOperations.js";

export const operations: readonly OperationCase[] = [
  {
    ...usual,
    name: "chsend",
    *set() {
      const [a, z] = chmake<number>();
      return {
        op: (deadline = -1) => chsend(a, 1, deadline),
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
      return {
        op: (deadline = -1) => chrecv(gate.far, deadline),
        release: gate.open,
        close: gate.close,
      };
    },
  },
  {
    ...usual,
    name: "choose",
    *set() {
      const gate = newGate();
      const idle = chmake<number>();
      return {
        op: (deadline = -1) =>
          choose(
            [
              { op: "recv", ch: idle[1] },
              { op: "recv", ch: gate.far },
            ],
            deadline,
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
        op: (deadline = -1) =>
          choose(
            [
              { op: "until", promise: never },
              { op: "abort", signal },
              { op: "join", h },
            ],
            deadline,
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
        op: (deadline = -1) => join(h, deadline),
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
        op: (deadline = -1) => bundleWait(b, deadline),
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
      return { op: (deadline = now() + 3600_000) => msleep(deadline), close: () => {} };
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
  ...socketOperations,
  ...udpOperations,
  ...httpOperations,
  ...socks5Operations,
  ...tlsOperations,
  ...messageOperations,
  ...wsOperations,
  ...descriptorOperations,
  {
    ...fromOutside,
    name: "until",
    *set() {
      let settle = (): void => {};
      const promise = new Promise<void>((resolve) => {
        settle = resolve;
      });
      return {
        op: (deadline = -1) => until(promise, deadline),
        *release() {
          settle();
        },
        close: () => {},
      };
    },
  },
  {
    ...usual,
    name: "sendAll",
    *set() {
      const [a, z] = chmake<number>();
      return {
        op: (deadline = -1) => sendAll(a, [1], deadline),
        *release() {
          yield* chrecv(z, -1);
          yield;
        },
        close: () => closeAll(a, z),
      };
    },
  },
  {
    ...fromOutside,
    name: "sendEvents",
    *set() {
      const [a, z] = chmake<[number]>();
      const emitter = new EventEmitter();
      return {
        op: (deadline = -1) => sendEvents(a, emitter, "event", deadline), // only an error ends it
        close: () => closeAll(a, z),
      };
    },
  },
  {
    ...fromOutside,
    name: "fromEffection",
    *set() {
      const { operation, resolve } = withResolvers<void>();
      return {
        op: (deadline = -1) => fromEffection(() => operation, deadline),
        *release() {
          resolve();
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
        op: (deadline = now() + 3600_000) => withDeadline(deadline, () => gate.wait()),
        release: gate.openAndLetEnd,
        close: gate.close,
      };
    },
  },
  {
    ...usual,
    name: "bundleClose",
    takesHandle: true,
    isCutShort: false,
    *set() {
      const gate = newGate();
      return {
        op: (deadline = now() + 3) => bundleClose(lingering(gate), deadline),
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
