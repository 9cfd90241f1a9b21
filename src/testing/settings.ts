// What simulations are told, and what they make of it.
import type { Options } from "../errors/index.js";
import {
  type Connecting,
  type HostNames,
  type LinkFaults,
  type MachineAddresses,
  unnamed,
} from "../host/virtual/index.js";
import type { Coroutine } from "../kernel/index.js";
import type { Program } from "./programs.js";

/** What {@link simulate} may be told. */
export interface SimulationOptions {
  /** Decides what {@link Simulation.pick} and its like return, and the jitter of the library's own: 1. */
  readonly seed?: number | undefined;
  /** What is wrong with each connection: asked once, when it is made. */
  readonly network?: ((connecting: Connecting, sim: Simulation) => LinkFaults) | undefined;
  /** How many sockets and listeners may be open at once; the next is `EMFILE`. `Infinity`. */
  readonly descriptors?: number | undefined;
  /** The addresses of hosts by name; `localhost` is known. The program may listen at those that are no machine's, beside the loopback. */
  readonly names?: HostNames | undefined;
  /** The machines of the network, with the addresses of each: see {@link Simulation.start}. Their names can be looked up. */
  readonly machines?: MachineAddresses | undefined;
  /**
   * What happens when the program waits for something real: a request, a file, a timer of Node's. "walk": the clock goes on
   * as the real one does. "forbid": the run fails. "walk", and "forbid" in {@link explore}.
   */
  readonly outside?: "walk" | "forbid" | undefined;
  /** How long the real world may take, in real milliseconds, once no deadline is left: 1000. */
  readonly patience?: number | undefined;
  /** What each step, operation and event takes, in virtual milliseconds: 0. Programs that poll need some, 0.001 say. */
  readonly cost?: number | undefined;
}

/** The world around a simulated program. */
export interface Simulation {
  /** Milliseconds since the start. */
  readonly elapsed: number;
  /** One of these. {@link explore} tries others; the first is what it begins with, and what it shrinks to. */
  pick<T>(choices: readonly T[]): T;
  /** True with that probability, from 0 to 1. {@link explore} begins with false. */
  chance(probability: number): boolean;
  /** A whole number from `low` to `high`, both included. {@link explore} begins with `low`. */
  between(low: number, high: number): number;
  /** Writes a line among those of the print-out. */
  note(text: string): void;
  /**
   * Starts a coroutine on a machine of the network, as a run of its own, whose socket files and addresses are that machine's. What it starts is there, too.
   */
  start<T>(machine: string, coroutine: Coroutine<T>): Program<T>;
  readonly net: SimulatedNetwork;
}

/** What a simulation can do to its network. Places are paths of socket files, addresses with a port such as `"127.0.0.1:80"`, and machines. */
export interface SimulatedNetwork {
  /** How many sockets and listeners may be open at once. */
  descriptors: number;
  /**
   * Kills the process that listens there: its connections end as a kernel ends them, its socket file stays. The
   * coroutines that simulate that process get `ECONNRESET`. Of a machine, everything on it ends, and its coroutines are canceled.
   */
  kill(where: string): void;
  /** Lets nothing through any more until {@link mend}: to an address, between a machine and all others, or between two machines. */
  cut(where: string, other?: string): void;
  mend(where: string, other?: string): void;
}

/** What a simulation goes by. */
export interface Settings {
  readonly seed: number;
  readonly network: ((connecting: Connecting, sim: Simulation) => LinkFaults) | undefined;
  readonly descriptors: number;
  readonly outside: "walk" | "forbid";
  readonly patience: number;
  readonly cost: number;
  readonly machines: MachineAddresses;
  /** Those of machines, too. */
  readonly names: HostNames;
}

export function readSettings(
  options: Options<SimulationOptions>,
  outside: "walk" | "forbid",
): Settings {
  const machines = options.read("machines", {}, "an object with lists of addresses", isNames);
  const names = options.read("names", {}, "an object with lists of addresses", isNames);
  return {
    seed: options.count("seed", 1, 0, Number.MAX_SAFE_INTEGER, "a whole number"),
    network: options.read("network", undefined, "a function", isFaultsOf),
    descriptors: options.read("descriptors", Infinity, "a number, 0 or more", isAmount),
    machines: { ...machines, [unnamed]: addressesLeft(names, machines) },
    names: { ...machines, ...names },
    outside: options.read("outside", outside, '"walk" or "forbid"', isOutside),
    patience: options.read("patience", 1000, "a number of milliseconds, 0 or more", isAmount),
    cost: options.read("cost", 0, `a number of milliseconds from 0 to ${mostCost}`, isCost),
  };
}

/** The addresses of names that are no machine's. */
function addressesLeft(names: HostNames, machines: MachineAddresses): readonly string[] {
  const taken = new Set(Object.values(machines).flat());
  return Object.values(names)
    .flat()
    .filter((address) => !taken.has(address));
}

/** What a step may take: a day. The clock must be able to go on. */
const mostCost = 86_400_000;

function isCost(value: unknown): value is number {
  return isAmount(value) && value <= mostCost;
}

function isAmount(value: unknown): value is number {
  return typeof value === "number" && value >= 0;
}

function isFaultsOf(
  value: unknown,
): value is (connecting: Connecting, sim: Simulation) => LinkFaults {
  return typeof value === "function";
}

function isOutside(value: unknown): value is "walk" | "forbid" {
  return value === "walk" || value === "forbid";
}

function isNames(value: unknown): value is HostNames {
  if (typeof value !== "object" || value === null) return false;
  return Object.values(value).every(
    (list) => Array.isArray(list) && list.every((text) => typeof text === "string"),
  );
}
