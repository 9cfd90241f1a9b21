// What a simulated program is given: the world around it.
import { dillError, inspectSafely, shortened, textOf } from "../errors/index.js";
import type { Coroutine } from "../kernel/index.js";
import type { Program } from "./programs.js";
import type { SimulatedNetwork, Simulation } from "./settings.js";
import type { Trace } from "./trace.js";
import { placeOf, type World } from "./world.js";

export class SimulationOf implements Simulation {
  readonly net: SimulatedNetwork;
  /** Null: the simulation is over, and the world is another one's by now. */
  private present: World | null;
  private readonly trace: Trace | null;
  private readonly startOfTime: number;
  private endOfTime = 0;

  constructor(world: World, trace: Trace | null) {
    this.present = world;
    this.trace = trace;
    this.startOfTime = world.loop.moment;
    this.net = new NetworkOf(() => this.world);
  }

  /** The last run has ended. What a program has kept of this is of no use any more. */
  end(): void {
    this.endOfTime = this.world.loop.moment;
    this.present = null;
  }

  private get world(): World {
    if (this.present !== null) return this.present;
    throw dillError("EBADF", "simulate", "the simulation is over");
  }

  get elapsed(): number {
    const { present, endOfTime, startOfTime } = this;
    return (present === null ? endOfTime : present.loop.moment) - startOfTime;
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
    const { choices } = this.world;
    if (probability === 0 || probability === 1) return probability === 1;
    const is = choices.choose("pick", 2, probability) === 1;
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
    const line = textOf(text); // also where nobody reads it: each run is to do the same
    if (this.present !== null) this.trace?.note(line);
  }

  private choose<T>(ways: number, valueOf: (way: number) => T): T {
    const { choices } = this.world;
    const way = ways === 1 ? 0 : choices.choose("pick", ways);
    const value = valueOf(way);
    if (way !== 0) this.trace?.picks(givenText(value));
    return value;
  }
}

class NetworkOf implements SimulatedNetwork {
  private readonly worldOf: () => World;

  constructor(worldOf: () => World) {
    this.worldOf = worldOf;
  }

  private get world(): World {
    return this.worldOf();
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

/** How much of a value is told. */
const longestValue = 60;

function givenText(value: unknown): string {
  const isObject = typeof value === "object" && value !== null;
  const json = isObject ? inspectSafely(() => JSON.stringify(value), undefined) : undefined;
  return shortened(textOf(json ?? value), longestValue);
}
