// Every function that takes options, as a table: what each option can't be.
import { closeSync } from "node:fs";
import type { Duplex } from "node:stream";
import {
  bundle,
  copyBidirectional,
  type Coroutine,
  happyeyeballsConnect,
  hclose,
  IPADDR_IPV4,
  ipaddrLocal,
  ipaddrRemote,
  ipaddrRemotes,
  ipcDone,
  ipcListen,
  ipcPair,
  isErrno,
  type IpcSocket,
  main,
  type Operation,
  prefixAttach,
  run,
  serve,
  suffixAttach,
  tcpConnect,
  tcpListen,
  type TcpListener,
  tcpListenerFromfd,
  tcpLocal,
  snapshot,
  udpOpen,
  until,
} from "libdill-ts";
import { httpAttach } from "libdill-ts/http";
import { fileno, ipcRecvfd, ipcSendfd } from "libdill-ts/native";
import { toDuplex } from "libdill-ts/streams";
import {
  checkBytestream,
  checkHandleType,
  checkMessages,
  explore,
  explored,
  simulate,
  simulated,
} from "libdill-ts/testing";
import { tcp } from "./carriers.js";
import { closeAll } from "./gate.js";
import { socketPath } from "./tempDir.js";

export interface OptionsCase {
  readonly name: string;
  /** By option: what it can't be. */
  readonly wrong: Readonly<Record<string, readonly unknown[]>>;
  /** Calls the function, and closes what has come of that. */
  readonly call: (options: never) => Operation<void>;
}

const noFlag = [null, 0, 1, "true", {}];
const noSize = [null, -1, 1.5, Number.NaN, Infinity, Number.MAX_SAFE_INTEGER, "1", 10n];
const noResolver = [
  null,
  5,
  "x",
  {},
  { resolve4() {}, resolve6() {} },
  { resolve4() {}, resolve6() {}, cancel: true },
  hostile(),
  () => {},
];
const tcpOptions = {
  noDelay: noFlag,
  keepAlive: [null, 0, -1, Number.NaN, Infinity, 32_767_001, "1000", 1000n],
};

const noLists = [null, 5, "x", { db: "10.0.0.1" }, { db: [5] }, hostile()];
const simulationOptions = {
  seed: noSize.filter((value) => value !== Number.MAX_SAFE_INTEGER),
  network: [null, 5, {}, "slow"],
  descriptors: [null, -1, Number.NaN, "1", 10n],
  names: noLists,
  machines: noLists,
  outside: [null, "", "ignore", true],
  patience: [null, -1, Number.NaN, "1", 10n],
  cost: [null, -1, Number.NaN, "1", 10n],
};
const exploreOptions = {
  ...simulationOptions,
  schedules: [null, 0, -1, 1.5, Number.NaN, Infinity, "1", 10n],
  seconds: [null, 0, -1, Number.NaN, "1", 10n],
  search: [null, "", "dfs", 5],
  deviations: [null, -1, 1.5, 101, "1"],
  order: [null, "", "lifo", 5],
  turnEnds: [null, -0.1, 1.1, Number.NaN, "1"],
  replay: [null, 5, {}, "8t", "2:1 8t"],
};

/** What has options of the test kit: options come before the question whether there may be a simulation now. */
function ofTestKit(
  name: string,
  wrong: OptionsCase["wrong"],
  start: (options: never) => Promise<unknown>,
): OptionsCase {
  return {
    name,
    wrong,
    *call(options) {
      try {
        yield* until(start(options), -1);
      } catch (error) {
        if (!isErrno(error, "EBUSY")) throw error;
      }
    },
  };
}

export const optionsCases: readonly OptionsCase[] = [
  ofTestKit("simulate", simulationOptions, (options) => simulate(nothing, options)),
  ofTestKit("simulated", simulationOptions, (options) => simulated(nothing, options)()),
  ofTestKit("explore", exploreOptions, (options) => explore(nothing, options)),
  ofTestKit("explored", exploreOptions, (options) => explored(nothing, options)()),
  ofTestKit("checkBytestream", exploreOptions, (options) => checkBytestream(ipcPair, options)),
  ofTestKit("checkMessages", exploreOptions, (options) =>
    checkMessages(function* () {
      const [a, z] = yield* ipcPair();
      return [prefixAttach(a, 1), prefixAttach(z, 1)] as const;
    }, options),
  ),
  ofTestKit("checkHandleType", exploreOptions, (options) =>
    checkHandleType(function* () {
      return bundle();
    }, options),
  ),
  {
    name: "bundle",
    wrong: { onError: [null, 5, "x", {}] },
    *call(options) {
      hclose(bundle(options));
    },
  },
  {
    name: "run",
    wrong: {
      signal: [null, 5, "x", {}, hostile()],
      grace: [null, -1, Number.NaN, "1", 10n],
    },
    *call(options) {
      yield* until(run(nothing(), options), -1);
    },
  },
  {
    name: "main",
    wrong: { grace: [null, -1, Number.NaN, "1", 10n] },
    *call(options) {
      const printed = yield* printedBy(() => main(nothing, options));
      if (printed !== undefined) throw printed;
    },
  },
  {
    name: "ipcListen",
    wrong: {
      mode: [null, -1, 1.5, 0o1000, "600", Number.NaN],
      unlinkStale: noFlag,
      allow: [null, 1, "root", {}],
    },
    *call(options) {
      hclose(yield* ipcListen(socketPath(), 10, options));
    },
  },
  {
    name: "tcpListen",
    wrong: { ...tcpOptions, reusePort: noFlag },
    *call(options) {
      hclose(yield* tcpListen(ipaddrLocal("127.0.0.1", 0), 10, options));
    },
  },
  {
    name: "tcpListenerFromfd",
    wrong: tcpOptions,
    *call(options) {
      const fd = yield* anotherDescriptor();
      let made: TcpListener | undefined;
      try {
        made = yield* tcpListenerFromfd(fd, options);
      } finally {
        if (made === undefined)
          closeSync(fd); // it was not taken over
        else hclose(made);
      }
    },
  },
  {
    name: "tcpConnect",
    wrong: tcpOptions,
    *call(options) {
      const { ls } = yield* tcp.listen();
      try {
        hclose(yield* tcpConnect(tcpLocal(ls), -1, options));
      } finally {
        hclose(ls);
      }
    },
  },
  {
    name: "happyeyeballsConnect",
    wrong: { ...tcpOptions, resolver: noResolver },
    *call(options) {
      const { ls } = yield* tcp.listen();
      try {
        hclose(yield* happyeyeballsConnect("127.0.0.1", tcpLocal(ls).port, -1, options));
      } finally {
        hclose(ls);
      }
    },
  },
  {
    name: "snapshot",
    wrong: { places: noFlag },
    *call(options) {
      snapshot(options);
    },
  },
  {
    name: "udpOpen",
    wrong: { broadcast: noFlag },
    *call(options) {
      hclose(yield* udpOpen(null, null, options));
    },
  },
  {
    name: "ipaddrRemote",
    wrong: { resolver: noResolver },
    *call(options) {
      yield* ipaddrRemote("127.0.0.1", 1, IPADDR_IPV4, -1, options);
    },
  },
  {
    name: "ipaddrRemotes",
    wrong: { resolver: noResolver },
    *call(options) {
      yield* ipaddrRemotes("127.0.0.1", 1, IPADDR_IPV4, -1, options);
    },
  },
  attaching("prefixAttach", { littleEndian: noFlag, maxSize: noSize }, (s, options) =>
    hclose(prefixAttach(s, 4, options)),
  ),
  attaching("suffixAttach", { maxSize: noSize }, (s, options) =>
    hclose(suffixAttach(s, "\n", options)),
  ),
  attaching("httpAttach", { maxLine: [0, ...noSize], maxHead: [0, ...noSize] }, (s, options) =>
    hclose(httpAttach(s, options)),
  ),
  {
    name: "toDuplex",
    wrong: { allowHalfOpen: noFlag },
    *call(options) {
      const [a, z] = yield* ipcPair();
      let made: Duplex | undefined;
      try {
        made = toDuplex(a, options);
      } finally {
        if (made === undefined)
          hclose(a); // it was not taken over
        else made.destroy();
        hclose(z);
      }
    },
  },
  {
    name: "serve",
    wrong: {
      maxConnections: [0, ...noSize.filter((value) => value !== Number.MAX_SAFE_INTEGER)],
      onError: [null, 5, "x", {}],
      tellAfter: [null, -1, Number.NaN, "1", 10n],
    },
    *call(options) {
      const ls = yield* ipcListen(socketPath(), 10);
      try {
        yield* ipcDone(ls, -1);
        yield* serve(ls, nothing, options);
      } finally {
        hclose(ls);
      }
    },
  },
  {
    name: "copyBidirectional",
    wrong: {
      idle: [null, 0, -1, Number.NaN, "1", 10n],
      counts: [null, 0, true, {}, { aToB: 0 }, { aToB: "0", bToA: 0 }],
    },
    *call(options) {
      const [a, b] = yield* ipcPair();
      const [c, d] = yield* ipcPair();
      hclose(b);
      hclose(d);
      try {
        yield* copyBidirectional(a, c, -1, options);
      } finally {
        closeAll(a, c);
      }
    },
  },
];

/** A descriptor that listens, and that nobody has made a handle of. */
function* anotherDescriptor() {
  const { ls } = yield* tcp.listen();
  const [a, b] = yield* ipcPair();
  yield* ipcSendfd(a, fileno(ls), -1);
  const fd = yield* ipcRecvfd(b, -1);
  closeAll(a, b, ls);
  return fd;
}

/** An object that can't be looked at. */
export function hostile(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

function attaching(
  name: string,
  wrong: OptionsCase["wrong"],
  attach: (s: IpcSocket, options: never) => void,
): OptionsCase {
  return {
    name,
    wrong,
    *call(options) {
      const [a, z] = yield* ipcPair();
      try {
        attach(a, options);
      } finally {
        hclose(z);
      }
    },
  };
}

/** The error that a whole program has printed. */
function* printedBy(program: () => Promise<void>): Operation<unknown> {
  const { error } = console;
  const { exitCode } = process;
  let printed: unknown;
  console.error = (given: unknown) => (printed = given);
  try {
    yield* until(program(), -1);
  } finally {
    console.error = error;
    process.exitCode = exitCode;
  }
  return printed;
}

// biome-ignore lint: a coroutine that ends at once.
function* nothing(): Coroutine {}
