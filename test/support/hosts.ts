// Hosts, for the suites of what all of them promise. Whatever is asked of a host reports by events: `until` waits for one, and drives a
// simulated host meanwhile.
import type { Datagrams } from "#src/host/datagrams.js";
import type { Host } from "#src/host/host.js";
import type { InetSockets } from "#src/host/inet.js";
import type { Names } from "#src/host/names.js";
import { defaultHost } from "#src/host/node/nodeHost.js";
import { makeDatagrams } from "#src/host/node/nodeDatagrams.js";
import { makeInet } from "#src/host/node/nodeInet.js";
import { makeNames } from "#src/host/node/nodeNames.js";
import { makeSockets } from "#src/host/node/nodeSockets.js";
import type { LocalSockets } from "#src/host/sockets.js";
import {
  type Choices,
  EventLoop,
  Machines,
  Network,
  unnamed,
  virtualDatagrams,
  virtualHost,
  virtualInet,
  virtualLocal,
  virtualNames,
} from "#src/host/virtual/index.js";
import { socketPath } from "./tempDir.js";

export type { InetAddress } from "#src/host/address.js";
export type { Failure } from "#src/host/sockets.js";

export interface TestedClock {
  readonly name: string;
  readonly host: Host;
  /** Resolves with what the job is called back with. */
  until<T>(start: (resolve: (value: T) => void) => void): Promise<T>;
}

export interface TestedNetwork extends TestedClock {
  readonly local: LocalSockets;
  readonly inet: InetSockets;
  readonly datagrams: Datagrams;
  readonly names: Names;
  path(): string;
}

function untilReal<T>(start: (resolve: (value: T) => void) => void): Promise<T> {
  return new Promise(start);
}

export const onNode: TestedNetwork = {
  name: "Node",
  host: defaultHost,
  until: untilReal,
  local: makeSockets(),
  inet: makeInet(),
  datagrams: makeDatagrams(),
  names: makeNames(),
  path: socketPath,
};

/** As in production. */
const usual: Choices = { choose: () => 0 };

export const simulatedHost: TestedNetwork = makeSimulated();

function makeSimulated(): TestedNetwork {
  let isAsked = false;
  const drive = (): void => {
    isAsked = false;
    for (let steps = 0; steps < 100_000; steps++) {
      if (loop.step()) continue;
      if (loop.next === Infinity) return;
      loop.moveTo(loop.next);
    }
    throw new Error("the simulated host does not come to rest");
  };
  const wake = (): void => {
    if (isAsked) return;
    isAsked = true;
    setImmediate(drive);
  };
  const loop = new EventLoop(usual, 0, wake);
  const machines = new Machines({}, () => unnamed);
  const network = new Network(loop, usual, Infinity, machines, () => ({}));
  let paths = 0;
  return {
    name: "a simulation",
    host: virtualHost(loop, {
      runStarts() {},
      standstill() {},
      keptAlive() {},
      random: () => 0.5,
      openSockets: () => network.open.size,
      whenCalm: (job) => job(),
    }),
    until(start) {
      wake();
      return new Promise(start);
    },
    local: virtualLocal(network, () => 0.5),
    inet: virtualInet(network),
    datagrams: virtualDatagrams(network),
    names: virtualNames(loop, {}),
    path: () => `/hosts/${paths++}`,
  };
}

/** The browser's host. Its channel of messages would keep the process alive, and the tests of deadlocks waiting for what it may bring. */
export async function loadWebHost(): Promise<TestedClock> {
  const made: InstanceType<typeof MessageChannel>[] = [];
  const { MessageChannel: Original } = globalThis;
  globalThis.MessageChannel = class extends Original {
    constructor() {
      super();
      made.push(this);
    }
  };
  try {
    const { defaultHost: host } = await import("#src/host/web/webHost.js");
    return { name: "a browser", host, until: untilReal };
  } finally {
    globalThis.MessageChannel = Original;
    for (const { port1, port2 } of made) {
      port1.unref();
      port2.unref();
    }
  }
}
