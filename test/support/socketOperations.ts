// The operations that wait on sockets and listeners.
import {
  brecv,
  brecvl,
  brecvSome,
  bsend,
  bsendl,
  type Bytestream,
  copyBidirectional,
  type Coroutine,
  type Handle,
  happyeyeballsConnect,
  hclose,
  IPADDR_IPV4,
  ipaddrLocal,
  ipaddrRemote,
  ipaddrRemotes,
  ipcAccept,
  ipcClose,
  ipcConnect,
  ipcDone,
  ipcListen,
  type IpcListener,
  ipcPair,
  type NameResolver,
  type Operation,
  serve,
  tcpAccept,
  tcpClose,
  tcpConnect,
  tcpListen,
  tcpLocal,
} from "libdill-ts";
import { tcp } from "./carriers.js";
import { deafAddress, deafPath } from "./deafListeners.js";
import { closeAll, closeOpen } from "./gate.js";
import { fromKernel, fromOutside, type OperationCase } from "./operationCase.js";
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
  sending("bsend", bsend),
  sending("bsendl", (s, bytes, deadline) => bsendl(s, [bytes], deadline)),
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
    ...fromKernel,
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
    ...fromKernel,
    name: "happyeyeballsConnect",
    makesHandle: true,
    *set() {
      const { resolver, answer } = slowResolver("127.0.0.1");
      const ls = yield* tcpListen(ipaddrLocal("127.0.0.1", 0), 10);
      const { port } = tcpLocal(ls);
      return {
        op: (deadline = -1) => happyeyeballsConnect("name", port, deadline, { resolver }),
        release: answer,
        close: () => hclose(ls), // what it connects, the end of the run closes
      };
    },
  },
  {
    ...fromKernel,
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
  {
    ...fromKernel,
    name: "ipcConnect",
    makesHandle: true,
    *set() {
      return { op: (deadline = -1) => ipcConnect(deafPath, deadline), close: () => {} };
    },
  },
  {
    ...fromKernel,
    name: "tcpConnect",
    makesHandle: true,
    *set() {
      const addr = deafAddress();
      return { op: (deadline = -1) => tcpConnect(addr, deadline), close: () => {} };
    },
  },
  closing("ipcClose", ipcPair, ipcClose),
  closing("tcpClose", tcp.pair, tcpClose),
  {
    ...fromOutside,
    name: "serve",
    *set() {
      const path = socketPath();
      const listeners: IpcListener[] = [];
      for (let i = 0; i < 4; i++) listeners.push(yield* ipcListen(`${path}${i}`, 10)); // one for each time
      let next = 0;
      return {
        op: () => serve(listeners[next++] as IpcListener, nothing),
        *release() {
          for (const ls of listeners) yield* ipcDone(ls, -1);
        },
        close: () => closeAll(...listeners),
      };
    },
  },
  {
    ...fromOutside,
    name: "copyBidirectional",
    *set() {
      const [a, y] = yield* ipcPair();
      const [b, z] = yield* ipcPair();
      return {
        op: (deadline = -1) => copyBidirectional(a, b, deadline),
        *release() {
          for (const s of [y, z]) yield* ipcDone(s, -1);
        },
        close: () => closeAll(a, b, y, z),
      };
    },
  },
];

function sending(
  name: string,
  send: (s: Bytestream, bytes: Buffer, deadline: number) => Operation<void>,
): OperationCase {
  return {
    ...fromOutside,
    isRepeatable: false,
    name: `${name} that finds the kernel's buffer full`,
    *set() {
      const [a, z] = yield* ipcPair();
      const bytes = Buffer.alloc(4_000_000);
      return {
        op: (deadline = -1) => send(a, bytes, deadline),
        release: () => brecv(z, bytes.length, -1),
        close: () => closeAll(a, z),
      };
    },
  };
}

function closing<S extends Bytestream>(
  name: string,
  pair: () => Operation<[S, S]>,
  close: (s: S, deadline: number) => Operation<void>,
): OperationCase {
  return {
    ...fromOutside,
    name,
    takesHandle: true,
    *set() {
      const pairs: [S, S][] = [];
      for (let i = 0; i < 4; i++) pairs.push(yield* pair()); // one for each time
      let next = 0;
      return {
        op: (deadline = -1) => close((pairs[next++] as [S, S])[0], deadline),
        *release() {
          for (const [, z] of pairs) hclose(z);
        },
        close: () => closeOpen(...pairs.flat()),
      };
    },
  };
}

// biome-ignore lint: a dialogue that ends at once.
function* nothing(): Coroutine {}

/** A resolver that answers when it is told, and from then on at once. */
function slowResolver(address = "10.0.0.1"): { resolver: NameResolver; answer: () => Coroutine } {
  let isTold = false;
  const waiting: (() => void)[] = [];
  const resolver: NameResolver = {
    resolve4(_name, callback) {
      const answer = (): void => callback(null, [address]);
      if (isTold) answer();
      else waiting.push(answer);
    },
    resolve6: (_name, callback) => callback(null, []),
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
