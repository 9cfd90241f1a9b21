// The operations that wait on sockets and listeners.
import {
  brecv,
  brecvl,
  brecvSome,
  bsend,
  type Coroutine,
  type Handle,
  IPADDR_IPV4,
  ipaddrRemote,
  ipaddrRemotes,
  ipcAccept,
  ipcConnect,
  ipcListen,
  ipcPair,
  type NameResolver,
  tcpAccept,
} from "libdill-ts";
import { tcp } from "./carriers.js";
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
    isRepeatable: false,
    name: "bsend that finds the kernel's buffer full",
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
  {
    ...fromOutside,
    name: "brecv over TCP",
    *set() {
      const [a, z] = yield* tcp.pair();
      return {
        op: (deadline = -1) => brecv(a, 1, deadline),
        release: () => bsend(z, Buffer.from("!"), -1),
        close: () => closeAll(a, z),
      };
    },
  },
  {
    ...fromOutside,
    name: "tcpAccept",
    makesHandle: true,
    *set() {
      const { ls, connect } = yield* tcp.listen();
      const made: Handle[] = [ls];
      return {
        op: (deadline = -1) => tcpAccept(ls, deadline), // what it accepts, the end of the run closes
        *release() {
          made.push(yield* connect(-1));
        },
        close: () => closeAll(...made.toReversed()),
      };
    },
  },
  {
    ...fromOutside,
    name: "ipaddrRemotes",
    *set() {
      const { resolver, answer } = slowResolver();
      return {
        op: (deadline = -1) => ipaddrRemotes("name", 1, IPADDR_IPV4, deadline, { resolver }),
        release: answer,
        close: () => {},
      };
    },
  },
  {
    ...fromOutside,
    name: "ipaddrRemote",
    *set() {
      const { resolver, answer } = slowResolver();
      return {
        op: (deadline = -1) => ipaddrRemote("name", 1, IPADDR_IPV4, deadline, { resolver }),
        release: answer,
        close: () => {},
      };
    },
  },
];

/** A resolver that answers when it is told, and from then on at once. */
function slowResolver(): { resolver: NameResolver; answer: () => Coroutine } {
  let isTold = false;
  const waiting: (() => void)[] = [];
  const resolver: NameResolver = {
    resolve4(_name, callback) {
      const answer = (): void => callback(null, ["10.0.0.1"]);
      if (isTold) answer();
      else waiting.push(answer);
    },
    resolve6: () => {},
    cancel: () => {},
  };
  return {
    resolver,
    *answer() {
      isTold = true;
      for (const answer of waiting.splice(0)) answer();
    },
  };
}
