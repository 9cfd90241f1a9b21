// The operations that wait on sockets and listeners.
import {
  brecv,
  brecvl,
  brecvSome,
  bsend,
  type Handle,
  ipcAccept,
  ipcConnect,
  ipcListen,
  ipcPair,
} from "libdill-ts";
import { closeAll } from "./gate.js";
import { fromOutside, type OperationCase } from "./operationCase.js";
import { socketPath } from "./tempDir.js";

export const socketOperations: readonly OperationCase[] = [
  {
    ...fromOutside,
    name: "brecv",
    *set() {
      const [a, z] = yield* ipcPair();
      return {
        op: (deadline = -1) => brecv(a, 1, deadline),
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
        op: (deadline = -1) => brecvl(a, [1], deadline),
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
        op: (deadline = -1) => brecvSome(a, 10, deadline),
        release: () => bsend(z, Buffer.from("!"), -1),
        close: () => closeAll(a, z),
      };
    },
  },
  {
    ...fromOutside,
    name: "bsend that finds the kernel's buffer full",
    isRepeatable: false,
    *set() {
      const [a, z] = yield* ipcPair();
      const bytes = Buffer.alloc(4_000_000);
      return {
        op: (deadline = -1) => bsend(a, bytes, deadline),
        release: () => brecv(z, bytes.length, -1),
        close: () => closeAll(a, z),
      };
    },
  },
  {
    ...fromOutside,
    name: "ipcAccept",
    makesHandle: true,
    *set() {
      const path = socketPath();
      const ls = yield* ipcListen(path, 10);
      const made: Handle[] = [ls];
      return {
        op: (deadline = -1) => ipcAccept(ls, deadline), // what it accepts, the end of the run closes
        *release() {
          made.push(yield* ipcConnect(path, -1));
        },
        close: () => closeAll(...made.toReversed()),
      };
    },
  },
];
