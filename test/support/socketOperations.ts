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
        close: () => closeAll(...made.toReversed()),
      };
    },
  },
];
