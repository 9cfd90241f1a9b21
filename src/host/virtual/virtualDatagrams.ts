// Simulated UDP.
import type { InetAddress } from "../address.js";
import type { DatagramEvents, Datagrams, HostDatagrams } from "../datagrams.js";
import type { Failure } from "../sockets.js";
import type { Network, Open } from "./network.js";
import { endpoint, whereReceived } from "./virtualInet.js";

/** More does not fit into a datagram. */
const largest = 65_507;
const all = { ipv4: "0.0.0.0", ipv6: "::" };
const loopback = { ipv4: "127.0.0.1", ipv6: "::1" };

export function virtualDatagrams(network: Network): Datagrams {
  const bound = new Map<string, VirtualDatagrams>();
  return { open: (at, _options, events) => new VirtualDatagrams(network, bound, at, events) };
}

class VirtualDatagrams implements HostDatagrams, Open {
  private readonly network: Network;
  private readonly bound: Map<string, VirtualDatagrams>;
  private readonly at: InetAddress;
  private readonly events: DatagramEvents;
  private isClosed = false;

  constructor(
    network: Network,
    bound: Map<string, VirtualDatagrams>,
    at: InetAddress,
    events: DatagramEvents,
  ) {
    this.network = network;
    this.bound = bound;
    this.at = at.port === 0 ? { ...at, port: network.freePort() } : at;
    this.events = events;
    const key = endpoint(this.at);
    const failure: Failure | undefined = bound.has(key)
      ? { code: "EADDRINUSE" }
      : network.lackOfDescriptors();
    if (failure === undefined) {
      bound.set(key, this);
      network.open.add(this);
    }
    network.loop.at(0, this, () => {
      if (this.isClosed) return;
      if (failure === undefined) events.opened();
      else events.failed(failure);
    });
  }

  get what(): string {
    return `a udp socket at ${endpoint(this.at)}`;
  }

  send(bytes: Uint8Array, to: InetAddress): Failure | "sent" {
    if (bytes.length > largest) return { code: "EMSGSIZE" };
    const { network } = this;
    const faults = network.faults("udp", endpoint(to));
    if (faults.lose === true) return "sent";
    const { loop } = network;
    const from: InetAddress =
      this.at.address === all[this.at.family]
        ? { ...this.at, address: loopback[this.at.family] }
        : this.at;
    for (let copies = faults.duplicate === true ? 2 : 1; copies > 0; copies--) {
      const own = Buffer.from(bytes);
      const what = `a datagram for ${endpoint(to)}`;
      // Each on a lane of its own: datagrams overtake each other.
      loop.at(loop.moment + (faults.latency ?? 0), { what }, () => {
        network.whenReachable(endpoint(to), () => this.deliver(own, from, to));
      });
    }
    return "sent";
  }

  private deliver(bytes: Buffer, from: InetAddress, to: InetAddress): void {
    const bound = whereReceived(to).map((at) => this.bound.get(endpoint(at)));
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
    if (this.bound.get(endpoint(this.at)) === this) this.bound.delete(endpoint(this.at));
  }

  ref(): void {}

  unref(): void {}
}
