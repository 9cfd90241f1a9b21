// Which addresses and ports are taken on each machine.
import type { InetAddress } from "../address.js";

type Protocol = "tcp" | "udp";

/** Of these, one is given to whoever asks for none. */
const firstFree = 40_001;
const lastFree = 65_535;

/** Addresses that stand for all addresses of the machine. */
export const everyAddress: Readonly<Record<InetAddress["family"], string>> = {
  ipv4: "0.0.0.0",
  ipv6: "::",
};

export class Ports {
  private readonly taken = new Map<string, InetAddress[]>();
  private next = firstFree;

  clear(): void {
    this.taken.clear();
    this.next = firstFree;
  }

  /** A port that nobody has on that machine, under any address. Undefined: none is left. */
  free(machine: string, protocol: Protocol): number | undefined {
    for (let tries = lastFree - firstFree; tries >= 0; tries--) {
      const port = this.next;
      this.next = port === lastFree ? firstFree : port + 1;
      if (!this.taken.has(keyOf(machine, protocol, port))) return port;
    }
    return undefined;
  }

  isTaken(machine: string, protocol: Protocol, at: InetAddress): boolean {
    const others = this.taken.get(keyOf(machine, protocol, at.port)) ?? [];
    return others.some((other) => covers(other, at) || covers(at, other));
  }

  /** The function returned gives it back. */
  take(machine: string, protocol: Protocol, at: InetAddress): () => void {
    const key = keyOf(machine, protocol, at.port);
    const list = this.taken.get(key) ?? [];
    this.taken.set(key, list);
    list.push(at);
    return () => {
      const place = list.indexOf(at);
      if (place < 0) return;
      list.splice(place, 1);
      if (list.length === 0) this.taken.delete(key);
    };
  }
}

function keyOf(machine: string, protocol: Protocol, port: number): string {
  return `${machine} ${protocol} ${port}`;
}

/** Whether what comes for the one comes for the other, too. `::` takes IPv4. */
function covers(one: InetAddress, other: InetAddress): boolean {
  if (one.address === everyAddress.ipv6) return true;
  if (one.family !== other.family) return false;
  return one.address === other.address || one.address === everyAddress.ipv4;
}
