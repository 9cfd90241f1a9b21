// What a simulated program is given: the world around it.
import { dillError, textOf } from "../errors/index.js";
import type { Coroutine } from "../kernel/index.js";
import type { Program } from "./programs.js";
import type { SimulatedNetwork, Simulation } from "./settings.js";
import type { Trace } from "./trace.js";
import { placeOf, type World } from "./world.js";

export class SimulationOf implements Simulation {
  readonly net: SimulatedNetwork;
  private readonly world: World;
  private readonly trace: Trace | null;
  private readonly startOfTime: number;

  constructor(world: World, trace: Trace | null) {
    this.world = world;
    this.trace = trace;
    this.startOfTime = world.loop.moment;
    this.net = new NetworkOf(world);
  }

  get elapsed(): number {
    return this.world.loop.moment - this.startOfTime;
  }

  pick<T>(choices: readonly T[]): T {
    if (!Array.isArray(choices) || choices.length === 0) {
      throw invalid(`pick takes a list of at least one, not ${textOf(choices)}`);
    }
    return this.choose(choices.length, (way) => choices[way] as T);
  }

  chance(probability: number): boolean {
    if (!(probability >= 0 && probability <= 1)) {
      throw invalid(`a probability is a number from 0 to 1, not ${textOf(probability)}`);
    }
    if (probability === 0 || probability === 1) return probability === 1;
    const is = this.world.choices.choose("pick", 2, probability) === 1;
    if (is) this.trace?.picks("true");
    return is;
  }

  between(low: number, high: number): number {
    if (!Number.isSafeInteger(low) || !Number.isSafeInteger(high) || low > high) {
      const given = `${textOf(low)} and ${textOf(high)}`;
      throw invalid(`between takes two whole numbers, the smaller one first, not ${given}`);
    }
    return this.choose(high - low + 1, (way) => low + way);
  }

  start<T>(machine: string, coroutine: Coroutine<T>): Program<T> {
    return this.world.start(checkMachine(this.world, machine), coroutine);
  }

  note(text: string): void {
    this.trace?.note(text);
  }

  private choose<T>(ways: number, valueOf: (way: number) => T): T {
    const way = ways === 1 ? 0 : this.world.choices.choose("pick", ways);
    const value = valueOf(way);
    if (way !== 0) this.trace?.picks(textOf(value));
    return value;
  }
}

class NetworkOf implements SimulatedNetwork {
  private readonly world: World;

  constructor(world: World) {
    this.world = world;
  }

  get descriptors(): number {
    return this.world.network.descriptors;
  }

  set descriptors(count: number) {
    if (!(count >= 0)) throw invalid(`descriptors is a number, 0 or more, not ${textOf(count)}`);
    this.world.network.descriptors = count;
  }

  kill(where: string): void {
    if (this.world.kill(placeIn(this.world, where))) return;
    throw dillError("ENOENT", "simulate", { address: where, message: "nobody listens there" });
  }

  cut(where: string, other?: string): void {
    this.world.network.cut(...this.places(where, other));
  }

  mend(where: string, other?: string): void {
    this.world.network.mend(...this.places(where, other));
  }

  private places(where: string, other: string | undefined): [string, string?] {
    if (other === undefined) return [placeIn(this.world, where)];
    return [checkMachine(this.world, where), checkMachine(this.world, other)];
  }
}

/** How the network knows it: what is neither a machine nor an address with a port is a path. */
function placeIn({ network }: World, where: unknown): string {
  const place = checkPlace(where);
  const isPath = !network.machines.has(place) && !/:\d+$/.test(place);
  return placeOf(isPath && !place.includes("/") ? `./${place}` : place);
}

function checkPlace(where: unknown): string {
  if (typeof where === "string" && where !== "") return where;
  const message = `a place is the path of a socket file, address and port, or a machine, not ${textOf(where)}`;
  throw invalid(message);
}

function checkMachine({ network }: World, name: unknown): string {
  if (typeof name === "string" && network.machines.has(name)) return name;
  throw invalid(`machines are given to simulate() by name, and ${textOf(name)} is none`);
}

function invalid(message: string): Error {
  return dillError("EINVAL", "simulate", message);
}
