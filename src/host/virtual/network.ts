// The simulated kernel's network: who listens where, how many descriptors are open, and what is wrong with each link.
import type { Failure } from "../sockets.js";
import type { Choices } from "./choices.js";
import type { EventLoop } from "./eventLoop.js";
import type { Connecting, LinkFaults } from "./faults.js";

/** Something at an address: a listener, or the file that a dead one has left. */
export interface Place {
  /** Whether it takes connections. */
  readonly isAlive: boolean;
  /** It dies, and its connections with it; what a file has left stays. */
  kill(): void;
}

/** Something open with a descriptor. */
export interface Open {
  readonly what: string;
}

export class Network {
  readonly loop: EventLoop;
  readonly choices: Choices;
  /** By path, or by protocol, address and port. */
  readonly places: Map<string, Place> = new Map<string, Place>();
  readonly open: Set<Open> = new Set<Open>();
  /** How many may be open at once. */
  descriptors: number;
  private readonly faultsOf: (connecting: Connecting) => LinkFaults;
  private readonly counts = new Map<string, number>();
  private readonly cuts = new Map<string, Set<() => void>>();
  private lastPort = 40_000;

  constructor(
    loop: EventLoop,
    choices: Choices,
    descriptors: number,
    faultsOf: (connecting: Connecting) => LinkFaults,
  ) {
    this.loop = loop;
    this.choices = choices;
    this.descriptors = descriptors;
    this.faultsOf = faultsOf;
  }

  /** What is wrong with a connection that is about to be made. */
  faults(protocol: Connecting["protocol"], address: string): LinkFaults {
    const key = `${protocol}:${address}`;
    const earlier = this.counts.get(key) ?? 0;
    this.counts.set(key, earlier + 1);
    return this.faultsOf({ protocol, address, earlier });
  }

  lackOfDescriptors(count = 1): Failure | undefined {
    return this.open.size + count > this.descriptors ? { code: "EMFILE" } : undefined;
  }

  freePort(): number {
    this.lastPort += 1;
    return this.lastPort;
  }

  kill(address: string): boolean {
    const place = this.places.get(address);
    place?.kill();
    return place !== undefined;
  }

  /** Nothing gets through any more to and from what is connected to the address. */
  cut(address: string): void {
    if (!this.cuts.has(address)) this.cuts.set(address, new Set());
  }

  mend(address: string): void {
    const waiting = this.cuts.get(address);
    this.cuts.delete(address);
    for (const go of waiting ?? []) go();
  }

  /** Does it now, or once the address can be reached again. */
  whenReachable(address: string, go: () => void): void {
    const waiting = this.cuts.get(address);
    if (waiting === undefined) go();
    else waiting.add(go);
  }
}
