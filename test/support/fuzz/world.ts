// Everything one run of the fuzz knows: the pairs, the coroutines, and what has happened so far.
import {
  bundle,
  type Bundle,
  bundleGo,
  type Coroutine,
  hclose,
  type IpcSocket,
  DillError,
  type Operation,
} from "libdill-ts";
import type { Task } from "#src/kernel/task.js";
import { currentTask } from "#src/kernel/step.js";
import { type Attempt, follow } from "./attempt.js";
import { type End, type Flight, isAsleep, type Outcome, Pair } from "./model.js";
import type { Random } from "./random.js";

/** How many of the last operations a failure shows. */
const historyLength = 150;

/** Counts over many runs. */
export interface Tally {
  runs: number;
  steps: number;
  pairs: number;
  bytesSent: number;
  bytesReceived: number;
  /** By "operation outcome". */
  readonly outcomes: Map<string, number>;
}

export function newTally(): Tally {
  return { runs: 0, steps: 0, pairs: 0, bytesSent: 0, bytesReceived: 0, outcomes: new Map() };
}

/** Coroutines that are canceled together. */
export interface Crew {
  readonly b: Bundle;
  readonly tasks: Set<Task>;
}

export class World {
  pairs: Pair[] = [];
  /** Closed ends, whose numbers must stay dead. */
  readonly closed: End[] = [];
  crews: Crew[] = [];
  /** Pairs that are being made. */
  making = 0;
  step = 0;
  failure: Error | null = null;
  #pairsMade = 0;
  readonly #history: (readonly [step: number, who: string, what: string, how: string])[] = [];

  readonly random: Random;
  readonly steps: number;
  readonly pairsWanted: number;
  readonly tally: Tally;
  readonly folder: string;

  constructor(random: Random, steps: number, pairsWanted: number, tally: Tally, folder: string) {
    this.random = random;
    this.steps = steps;
    this.pairsWanted = pairsWanted;
    this.tally = tally;
    this.folder = folder;
  }

  get isGoing(): boolean {
    return this.step < this.steps && this.failure === null;
  }

  addPair(a: IpcSocket, b: IpcSocket | null): Pair {
    const pair = new Pair(this.#pairsMade++, this.random.chance(0.6), a, b);
    this.pairs.push(pair);
    this.tally.pairs += 1;
    return pair;
  }

  /** Runs the operation under the model's eyes. */
  *perform<T>(
    name: string,
    detail: string,
    attempt: Attempt,
    operation: Operation<T>,
    check: (value: T) => string | undefined = () => undefined,
  ): Coroutine<Outcome> {
    const what = `${name}(${attempt.end.name}${detail}, ${shownDeadline(attempt.deadline)})`;
    const begun = this.step++;
    this.note(begun, what, "begins");
    const { outcome, problem } = yield* follow(attempt, operation, check);
    this.note(begun, what, outcome);
    this.count(name, outcome);
    if (problem !== undefined) this.fail(`step ${begun}, ${what}: ${problem}`);
    return outcome;
  }

  /** Closes a socket, whoever sleeps in it. */
  close(end: End, step: number): void {
    const { handle } = end;
    if (handle === null) return;
    const wasClosed = end.isClosed;
    if (!wasClosed) end.close();
    const outcome = outcomeOf(() => hclose(handle));
    this.note(step, `hclose(${end.name})`, outcome);
    this.count("hclose", outcome);
    const legal = wasClosed ? "EBADF" : "ok";
    if (outcome !== legal) this.fail(`step ${step}, hclose(${end.name}): ${outcome}, not ${legal}`);
  }

  /** Starts coroutines that are canceled together. */
  hire(size: number, work: () => Coroutine): void {
    const crew: Crew = { b: bundle(), tasks: new Set() };
    this.crews.push(crew);
    for (let i = 0; i < size; i++) {
      bundleGo(
        crew.b,
        (function* () {
          const task = currentTask() as Task;
          crew.tasks.add(task);
          yield* work();
          crew.tasks.delete(task);
        })(),
      );
    }
  }

  /** Cancels them. Those who are asleep must learn of it right where they sleep. */
  cancel(crew: Crew, step: number): void {
    const asleep = this.flights().filter((flight) => crew.tasks.has(flight.task));
    for (const flight of asleep) if (isAsleep(flight)) flight.forced = ["ECANCELED"];
    this.crews = this.crews.filter((other) => other !== crew);
    this.note(step, `hclose(bundle of ${crew.tasks.size})`, "begins");
    this.count("cancel", asleep.length > 0 ? "in the middle" : "ok");
    hclose(crew.b);
  }

  flights(): Flight[] {
    return this.pairs.flatMap((pair) => pair.ends.flatMap(flightsOf));
  }

  retire(): void {
    const over = this.pairs.filter((pair) => pair.isOver);
    if (over.length === 0) return;
    this.pairs = this.pairs.filter((pair) => !over.includes(pair));
    for (const pair of over) this.closed.push(...pair.ends.filter((end) => end.handle !== null));
    this.closed.splice(0, this.closed.length - 8);
  }

  fail(message: string): never {
    this.failure ??= new Error(message);
    throw this.failure;
  }

  note(step: number, what: string, how: string): void {
    this.#history.push([step, whoRuns(this), what, how]);
    if (this.#history.length > historyLength) this.#history.shift();
  }

  count(name: string, outcome: string): void {
    const { outcomes } = this.tally;
    const key = `${name} ${outcome}`;
    outcomes.set(key, (outcomes.get(key) ?? 0) + 1);
  }

  history(): string {
    return this.#history
      .map(([step, who, what, how]) => `  ${String(step).padStart(5)} ${who} ${what}: ${how}`)
      .join("\n");
  }

  readonly #names = new Map<Task, string>();

  nameOf(task: Task): string {
    let name = this.#names.get(task);
    if (name === undefined) this.#names.set(task, (name = `c${this.#names.size}`));
    return name;
  }
}

function flightsOf(end: End): Flight[] {
  return [...end.sending.flights, ...end.receiving.flights];
}

function whoRuns(world: World): string {
  const task = currentTask();
  return task === null ? "-" : world.nameOf(task) + (task.isCanceled ? "!" : "");
}

function outcomeOf(call: () => unknown): Outcome {
  try {
    call();
    return "ok";
  } catch (error) {
    if (!(error instanceof DillError)) throw error;
    return error.code;
  }
}

function shownDeadline(deadline: number): string {
  return deadline > 1 && deadline < Infinity ? deadline.toFixed(1) : String(deadline);
}
