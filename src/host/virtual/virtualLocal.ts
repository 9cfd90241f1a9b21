// Simulated local sockets. Every directory exists, and a socket file is nothing but its listener, or what a dead one has left.
import { queuedConnects } from "../backlogQueue.js";
import type {
  ConnectEvents,
  Failure,
  HostListener,
  HostSocket,
  ListenEvents,
  ListenOptions,
  LocalSockets,
  PairEvents,
  QueuedConnectEvents,
} from "../sockets.js";
import { unnamed } from "./machines.js";
import type { Network } from "./network.js";
import { VirtualListener } from "./virtualListener.js";
import { VirtualSocket } from "./virtualSocket.js";
import type { Wire } from "./wire.js";

/** Relative paths start from here. */
const directory = "/simulation";
const noDescriptors: Failure = {
  code: "ENOTSUP",
  message: "a simulation has no descriptors of the real system",
};

export function virtualLocal(network: Network, random: () => number): LocalSockets {
  const { loop } = network;
  /** Whose own attempt begins. */
  let beginning: QueuedConnectEvents | null = null;
  const connectQueued = queuedConnects({
    connect(path, events) {
      const own = beginning;
      return connectLocal(network, resolve(path), events, () => own?.waiting());
    },
    after: (delay, job) => loop.at(loop.moment + delay, { what: "a connect tries again" }, job),
    random,
    directory: () => directory,
  });
  return {
    longestPath: 4095,
    directory: () => directory,
    lackOfDescriptors: () => network.lackOfDescriptors(),
    fdShortage: () => network.lackOfDescriptors(),
    forget() {},
    connect: (path, events) => connectLocal(network, resolve(path), events),
    connectQueued(path, events) {
      beginning = events;
      const connect = connectQueued(path, events);
      beginning = null;
      return connect;
    },
    listen: (path, options, events) => listenLocal(network, resolve(path), options, events),
    pair: (events) => pairLocal(network, events),
    adopt: () => noDescriptors,
    adoptListener: () => noDescriptors,
  };
}

/** `waits`: the connect is held up, which a real one never is, and its deadline counts. */
function connectLocal(
  network: Network,
  path: string,
  events: ConnectEvents,
  waits: () => void = () => {},
): HostSocket {
  const faults = network.faults("ipc", path);
  const { here } = network.machines;
  const route = { address: path, from: here, to: here };
  const wire: Wire = { network, faults, route, hasResets: false };
  const shortage = network.lackOfDescriptors();
  const client = new VirtualSocket(wire, here);
  const { latency = 0, refuse } = faults;
  network.loop.at(network.loop.moment + latency, client, () => {
    if (network.isCut(route) && !client.isClosed) waits();
    network.whenReachable(route, () => {
      if (client.isClosed) return;
      const failure = shortage ?? (refuse === undefined ? enter() : { code: refuse });
      if (failure === null) events.connected();
      else {
        client.close();
        events.refused(failure.code === "EAGAIN" ? "EAGAIN" : failure);
      }
    });
  });
  return client;

  function enter(): Failure | null {
    const place = network.places.get(keyOf(here, path));
    if (place === undefined) return { code: "ENOENT" };
    if (!(place instanceof VirtualListener) || !place.isAlive) return { code: "ECONNREFUSED" };
    if (!place.hasRoom) {
      network.keepAnswer("ipc", path, faults);
      return { code: "EAGAIN" };
    }
    const server = new VirtualSocket(wire, here);
    VirtualSocket.join(client, server);
    place.take(server);
    return null;
  }
}

function listenLocal(
  network: Network,
  path: string,
  { backlog, unlinkStale }: ListenOptions,
  events: ListenEvents,
): HostListener {
  const key = keyOf(network.machines.here, path);
  const place = network.places.get(key);
  const isTaken = place !== undefined && (place.isAlive || !unlinkStale);
  const failure = isTaken ? failureOf("EADDRINUSE") : network.lackOfDescriptors();
  if (failure === undefined) return new VirtualListener(network, key, backlog, events);
  return failing(network, failure, events);
}

export function failureOf(code: Failure["code"]): Failure {
  return { code };
}

/** A listener that will never listen. */
export function failing(
  network: Network,
  failure: Failure,
  events: Pick<ListenEvents, "failed">,
): HostListener {
  const cancel = network.loop.at(0, { what: failure.code }, () => events.failed(failure));
  return { close: cancel, ref() {}, unref() {} };
}

function pairLocal(network: Network, events: PairEvents): { close(): void } {
  const { here } = network.machines;
  const route = { address: "", from: here, to: here };
  const wire: Wire = { network, faults: network.faults("ipc", ""), route, hasResets: false };
  const failure = network.lackOfDescriptors(2);
  if (failure !== undefined) {
    return failing(network, failure, events);
  }
  const a = new VirtualSocket(wire, here);
  const b = new VirtualSocket(wire, here);
  VirtualSocket.join(a, b);
  let isOver = false;
  network.loop.at(0, { what: "a pair is connected" }, () => {
    if (isOver) return;
    isOver = true;
    events.paired(a, b);
  });
  return {
    close() {
      if (isOver) return;
      isOver = true;
      a.close();
      b.close();
    },
  };
}

/** Each machine has its own files. */
export function keyOf(machine: string, path: string): string {
  return machine === unnamed ? path : `${machine}:${path}`;
}

/** The path without detours. */
export function resolve(path: string): string {
  const parts: string[] = [];
  const whole = path.startsWith("/") ? path : `${directory}/${path}`;
  for (const part of whole.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  return `/${parts.join("/")}`;
}
