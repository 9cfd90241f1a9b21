// Simulated UDP.
import { endpointOf, type InetAddress } from "../address.js";
import type { DatagramEvents, Datagrams, HostDatagrams } from "../datagrams.js";
import type { Failure } from "../sockets.js";
import type { Network, Open } from "./network.js";
import { everyAddress } from "./ports.js";
import { boundTo, whereReceived, whyNot } from "./virtualInet.js";
import { keyOf } from "./virtualLocal.js";

/** More does not fit into a datagram. */
const largest = 65_507;

export function virtualDatagrams(network: Network): Datagrams {
  const bound = new Map<string, VirtualDatagrams>();
  return { open: (at, _options, events) => new VirtualDatagrams(network, bound, at, events) };
}

class VirtualDatagrams implements HostDatagrams, Open {
  private readonly network: Network;
  private readonly bound: Map<string, VirtualDatagrams>;
  private readonly at: InetAddress;
  private readonly events: DatagramEvents;
  readonly machine: string;
  private leavePort: () => void = () => {};
  private isClosed = false;

  constructor(
    network: Network,
    bound: Map<string, VirtualDatagrams>,
    at: InetAddress,
    events: DatagramEvents,
  ) {
    this.network = network;
    this.bound = bound;
    this.events = events;
    this.machine = network.machines.here;
    this.at = boundTo(network, this.machine, "udp", at);
    const failure = whyNot(network, this.machine, "udp", this.at);
    if (failure === undefined) {
      bound.set(this.keyOf(this.machine, this.at), this);
      network.open.add(this);
      this.leavePort = network.ports.take(this.machine, "udp", this.at);
    }
    network.loop.at(0, this, () => {
      if (this.isClosed) return;
      if (failure === undefined) events.opened();
      else events.failed(failure);
    });
  }

  private keyOf(machine: string, at: InetAddress): string {
    return keyOf(machine, endpointOf(at));
  }

  get what(): string {
    return `a udp socket at ${endpointOf(this.at)}`;
  }

  send(bytes: Uint8Array, to: InetAddress): Failure | "sent" {
    if (bytes.length > largest) return { code: "EMSGSIZE" };
    const { network } = this;
    const faults = network.faults("udp", endpointOf(to));
    if (faults.lose === true) return "sent";
    const { loop } = network;
    const { machine, at } = this;
    const { machines } = network;
    const from: InetAddress =
      at.address === everyAddress[at.family]
        ? { ...at, address: machines.ownAddress(machine, to.family, to.address) }
        : at;
    const route = { address: endpointOf(to), from: machine, to: machines.at(to.address, machine) };
    for (let copies = faults.duplicate === true ? 2 : 1; copies > 0; copies--) {
      const own = Buffer.from(bytes);
      const what = `a datagram for ${endpointOf(to)}`;
      // Each on a lane of its own: datagrams overtake each other.
      loop.at(loop.moment + (faults.latency ?? 0), { what }, () => {
        network.whenReachable(route, () => this.deliver(own, from, to, route.to));
      });
    }
    return "sent";
  }

  private deliver(bytes: Buffer, from: InetAddress, to: InetAddress, machine: string): void {
    const bound = whereReceived(to).map((at) => this.bound.get(this.keyOf(machine, at)));
    const target = bound.find((socket) => socket !== undefined);
    if (target !== undefined && !target.isClosed) target.events.received(bytes, from);
  }

  address(): InetAddress {
    return this.at;
  }

  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.network.open.delete(this);
    this.leavePort();
    const key = this.keyOf(this.machine, this.at);
    if (this.bound.get(key) === this) this.bound.delete(key);
  }

  kill(): void {
    this.close();
  }

  ref(): void {}

  unref(): void {}
}
