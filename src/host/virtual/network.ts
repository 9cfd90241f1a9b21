// The simulated kernel's network: who listens where, how many descriptors are open, and what is wrong with each link.
import type { Failure } from "../sockets.js";
import type { Choices } from "./choices.js";
import type { EventLoop } from "./eventLoop.js";
import type { Connecting, LinkFaults } from "./faults.js";
import type { Machines } from "./machines.js";
import { Ports } from "./ports.js";

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
  /** Where it is. */
  readonly machine: string;
  /** It is gone, as if its process had been killed. */
  kill(): void;
}

/** Between which machines something goes, and to which address. */
export interface Route {
  readonly address: string;
  readonly from: string;
  readonly to: string;
}

/** What waits for a cut to be mended. */
type Waiting = readonly [route: Route, go: () => void];

export class Network {
  readonly loop: EventLoop;
  choices: Choices;
  /** By path, or by protocol, address and port. */
  readonly places: Map<string, Place> = new Map<string, Place>();
  readonly open: Set<Open> = new Set<Open>();
  /** How many may be open at once. */
  descriptors: number;
  private readonly faultsOf: (connecting: Connecting) => LinkFaults;
  private readonly counts = new Map<string, number>();
  /** What was said of connects that have found no room, and will try again. */
  private readonly answers = new Map<string, LinkFaults[]>();
  private readonly cuts = new Set<string>();
  /** One list for all cuts, in the order of what came: what waits for one may have to wait for another one afterwards. */
  private waiting: Waiting[] = [];
  readonly machines: Machines;
  readonly ports: Ports = new Ports();

  constructor(
    loop: EventLoop,
    choices: Choices,
    descriptors: number,
    machines: Machines,
    faultsOf: (connecting: Connecting) => LinkFaults,
  ) {
    this.machines = machines;
    this.loop = loop;
    this.choices = choices;
    this.descriptors = descriptors;
    this.faultsOf = faultsOf;
  }

  /** Begins anew: only while nothing is open. */
  reset(choices: Choices, descriptors: number): void {
    this.choices = choices;
    this.descriptors = descriptors;
    this.places.clear();
    this.counts.clear();
    this.answers.clear();
    this.cuts.clear();
    this.waiting = [];
    this.ports.clear();
  }

  /** What is wrong with a connection that is about to be made. */
  faults(protocol: Connecting["protocol"], address: string): LinkFaults {
    const key = `${protocol}:${address}`;
    const answer = this.answers.get(key)?.shift();
    if (answer !== undefined) return answer;
    const earlier = this.counts.get(key) ?? 0;
    this.counts.set(key, earlier + 1);
    return this.faultsOf({ protocol, address, earlier });
  }

  /** The connection was not made after all: the next attempt is the same connection, which was asked about already. */
  keepAnswer(protocol: Connecting["protocol"], address: string, faults: LinkFaults): void {
    const key = `${protocol}:${address}`;
    const answers = this.answers.get(key);
    if (answers === undefined) this.answers.set(key, [faults]);
    else answers.push(faults);
  }

  lackOfDescriptors(count = 1): Failure | undefined {
    return this.open.size + count > this.descriptors ? { code: "EMFILE" } : undefined;
  }

  /** Kills the place, or everything on the machine. Returns whether there is one. */
  kill(where: string): boolean {
    const places = [...this.places].filter(([key]) => key === where || key.endsWith(`:${where}`));
    for (const [, place] of places) place.kill();
    if (!this.machines.has(where)) return places.length > 0;
    for (const open of this.open) if (open.machine === where) open.kill();
    return true;
  }

  /** Nothing gets through any more: to that address, between that machine and all others, or between the two. */
  cut(one: string, other?: string): void {
    this.cuts.add(keyOf(one, other));
  }

  mend(one: string, other?: string): void {
    this.cuts.delete(keyOf(one, other));
    const { waiting } = this;
    this.waiting = [];
    for (const [route, go] of waiting) this.whenReachable(route, go);
  }

  /** Does it now, or once nothing is cut on the way any more. */
  whenReachable(route: Route, go: () => void): void {
    if (this.isCut(route)) this.waiting.push([route, go]);
    else go();
  }

  isCut({ address, from, to }: Route): boolean {
    const { cuts } = this;
    if (cuts.size === 0) return false;
    const between = from === to ? [] : [from, to, keyOf(from, to)];
    return [address, ...between].some((name) => cuts.has(name));
  }
}

function keyOf(one: string, other: string | undefined): string {
  return other === undefined ? one : [one, other].toSorted().join(" and ");
}
