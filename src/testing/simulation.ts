// What a simulated program is given: the world around it.
import { dillError, textOf } from "../errors/index.js";
import type { SimulatedNetwork, Simulation } from "./settings.js";
import type { Trace } from "./trace.js";
import type { World } from "./world.js";

export class SimulationOf implements Simulation {
  readonly net: SimulatedNetwork;
  private readonly world: World;
  private readonly trace: Trace | null;
  private readonly start: number;

  constructor(world: World, trace: Trace | null) {
    this.world = world;
    this.trace = trace;
    this.start = world.loop.moment;
    this.net = new NetworkOf(world);
  }

  get elapsed(): number {
    return this.world.loop.moment - this.start;
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

  note(text: string): void {
    this.trace?.note(String(text));
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

  kill(address: string): void {
    if (this.world.kill(checkAddress(address))) return;
    throw dillError("ENOENT", "simulate", { address, message: "nobody listens there" });
  }

  cut(address: string): void {
    this.world.cut(checkAddress(address));
  }

  mend(address: string): void {
    this.world.mend(checkAddress(address));
  }
}

function checkAddress(address: unknown): string {
  if (typeof address === "string" && address !== "") return address;
  const message = `an address is the path of a socket file, or address and port, not ${textOf(address)}`;
  throw invalid(message);
}

function invalid(message: string): Error {
  return dillError("EINVAL", "simulate", message);
}
