// Simulated TCP: each machine has its own addresses and ports.
import { endpointOf, type InetAddress } from "../address.js";
import type { InetConnectEvents, InetListenOptions, InetOptions, InetSockets } from "../inet.js";
import type { Failure, HostListener, HostSocket, ListenEvents } from "../sockets.js";
import type { Network } from "./network.js";
import { everyAddress } from "./ports.js";
import { failing, failureOf, keyOf } from "./virtualLocal.js";
import { VirtualListener } from "./virtualListener.js";
import { VirtualSocket } from "./virtualSocket.js";
import type { Wire } from "./wire.js";

const noDescriptors: Failure = {
  code: "ENOTSUP",
  message: "a simulation has no descriptors of the real system",
};

export function virtualInet(network: Network): InetSockets {
  return {
    hasReusePort: false,
    connect: (to, options, events) => connectInet(network, to, options, events),
    listen: (at, options, events) => listenInet(network, at, options, events),
    adopt: () => noDescriptors,
    adoptListener: () => noDescriptors,
  };
}

function connectInet(
  network: Network,
  to: InetAddress,
  _options: InetOptions,
  events: InetConnectEvents,
): HostSocket {
  const address = endpointOf(to);
  const { machines } = network;
  const { here } = machines;
  const faults = network.faults("tcp", address);
  const route = { address, from: here, to: machines.at(to.address, here) };
  const wire: Wire = { network, faults, route, hasResets: true };
  const port = network.ports.free(here, "tcp");
  const own = machines.ownAddress(here, to.family, to.address);
  const local: InetAddress = { family: to.family, address: own, port: port ?? 0 };
  const shortage =
    network.lackOfDescriptors() ?? (port === undefined ? failureOf("EADDRNOTAVAIL") : undefined);
  const leavePort = network.ports.take(here, "tcp", local);
  const client = new VirtualSocket(wire, here, { local, peer: to }, leavePort);
  const { latency = 0, refuse } = faults;
  network.loop.at(network.loop.moment + latency, client, knock);
  return client;

  function knock(): void {
    network.whenReachable(route, () => {
      if (client.isClosed) return;
      const failure = shortage ?? (refuse === undefined ? enter() : { code: refuse });
      if (failure === null) network.loop.at(network.loop.moment + latency, client, tellConnected);
      else if (failure !== "later") {
        client.close();
        events.refused(failure);
      }
    });
  }
  function tellConnected(): void {
    if (!client.isClosed) events.connected();
  }
  /** A kernel whose backlog is full says nothing, and is asked again. */
  function enter(): Failure | null | "later" {
    const place = listenerAt(network, to, route.to);
    if (place === undefined) return { code: "ECONNREFUSED" };
    if (!place.hasRoom) {
      place.awaitRoom(knock);
      return "later";
    }
    const server = new VirtualSocket(wire, place.machine, { local: to, peer: local });
    VirtualSocket.join(client, server);
    place.take(server);
    return null;
  }
}

/** What is bound to one of these gets what is sent there. `::` takes IPv4, too. */
export function whereReceived(to: InetAddress): readonly InetAddress[] {
  const everywhere = { ...to, address: everyAddress[to.family] };
  return [to, everywhere, { family: "ipv6", address: everyAddress.ipv6, port: to.port }];
}

function listenerAt(
  network: Network,
  to: InetAddress,
  machine: string,
): VirtualListener | undefined {
  for (const at of whereReceived(to)) {
    const place = network.places.get(tcpKey(machine, at));
    if (place instanceof VirtualListener && place.isAlive) return place;
  }
  return undefined;
}

function listenInet(
  network: Network,
  at: InetAddress,
  { backlog }: InetListenOptions,
  events: ListenEvents,
): HostListener {
  const { here } = network.machines;
  const bound = boundTo(network, here, "tcp", at);
  const failure = whyNot(network, here, "tcp", bound);
  if (failure !== undefined) return failing(network, failure, events);
  return new VirtualListener(network, tcpKey(here, bound), backlog, events, bound);
}

/** The address with a port of its own: still none if none is left. */
export function boundTo(
  { ports }: Network,
  machine: string,
  protocol: "tcp" | "udp",
  at: InetAddress,
): InetAddress {
  return at.port === 0 ? { ...at, port: ports.free(machine, protocol) ?? 0 } : at;
}

/** Why a socket of the machine can't have the address. */
export function whyNot(
  network: Network,
  machine: string,
  protocol: "tcp" | "udp",
  at: InetAddress,
): Failure | undefined {
  if (!network.machines.mayBind(machine, at.address)) return failureOf("EADDRNOTAVAIL");
  const isTaken = at.port === 0 || network.ports.isTaken(machine, protocol, at);
  return isTaken ? failureOf("EADDRINUSE") : network.lackOfDescriptors();
}

/** By which a listener is found. */
function tcpKey(machine: string, at: InetAddress): string {
  return keyOf(machine, `tcp ${endpointOf(at)}`);
}
