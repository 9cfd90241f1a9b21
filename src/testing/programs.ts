// Programs on the machines of a simulation: each is a run of its own.
import { List } from "../collections/index.js";
import type { Owner } from "../handles/index.js";
import { unnamed } from "../host/virtual/index.js";
import {
  type Coroutine,
  type Event,
  fireAll,
  type Operation,
  Wait,
  type Waiter,
} from "../kernel/index.js";
import { type StartedRun, startRun } from "../runtime/index.js";

/** A program that {@link Simulation.start} has started. */
export interface Program<T> {
  /**
   * Waits for its end: returns what it has returned, and throws what it has failed with; `ECANCELED` if its machine was
   * killed. A failure that nobody has been told in this way fails the simulation.
   */
  join(deadline: number): Operation<T>;
}

const start = { signal: undefined, grace: 0, by: "nobody" } as const;

export class Programs {
  private readonly started: Started<unknown>[] = [];
  private readonly machines = new WeakMap<Owner, string>();

  start<T>(machine: string, coroutine: Coroutine<T>): Program<T> {
    const started = startRun(
      coroutine,
      () => start,
      (owner) => this.machines.set(owner, machine),
    );
    const program = new Started(machine, started);
    this.started.push(program);
    return program;
  }

  /** Where code of the owner runs. */
  machineOf(owner: Owner | null | undefined): string {
    const isRun = owner !== null && owner !== undefined;
    return (isRun ? this.machines.get(owner) : undefined) ?? unnamed;
  }

  /** Ends what runs on the machine. */
  kill(machine: string): void {
    for (const program of this.started) if (program.machine === machine) program.kill();
  }

  /** What one has failed with, and nobody has been told. */
  get failure(): { readonly error: unknown } | undefined {
    return this.started.find((program) => program.isUntold)?.failure;
  }
}

class Started<T> implements Program<T> {
  readonly machine: string;
  readonly promise: Promise<T>;
  result: { readonly value: T } | undefined;
  failure: { readonly error: unknown } | undefined;
  /** Not by the promise, which would count as something real that is waited for. */
  readonly waiters: List<Waiter> = new List<Waiter>();
  isTold = false;
  private readonly cancel: (reason: unknown) => void;
  private wasKilled = false;

  constructor(machine: string, { running, cancel }: StartedRun<T>) {
    this.machine = machine;
    this.promise = running;
    this.cancel = cancel;
    void this.watch();
  }

  private async watch(): Promise<void> {
    try {
      this.result = { value: await this.promise };
    } catch (error) {
      this.failure = { error };
    }
    fireAll(this.waiters);
  }

  get isUntold(): boolean {
    return this.failure !== undefined && !this.isTold && !this.wasKilled;
  }

  kill(): void {
    this.wasKilled = true;
    this.cancel(`the simulation has killed ${this.machine}`);
  }

  join(deadline: number): Operation<T> {
    return new Joining(this, deadline);
  }
}

class Joining<T> extends Wait<T> {
  readonly syscall = "join";
  private readonly program: Started<T>;

  constructor(program: Started<T>, deadline: number) {
    super(deadline);
    this.program = program;
  }

  protected findEvent(): Event<T> {
    return new ProgramEnd(this.program);
  }

  protected copy(): Joining<T> {
    return new Joining(this.program, this.deadline);
  }
}

class ProgramEnd<T> implements Event<T> {
  readonly source = "inside";
  private readonly program: Started<T>;

  constructor(program: Started<T>) {
    this.program = program;
  }

  isReady(): boolean {
    return this.program.result !== undefined || this.program.failure !== undefined;
  }

  add(waiter: Waiter): void {
    this.program.waiters.add(waiter);
  }

  remove(waiter: Waiter): void {
    this.program.waiters.remove(waiter);
  }

  take(): T {
    this.program.isTold = true;
    const { result, failure } = this.program;
    if (result === undefined) throw failure?.error;
    return result.value;
  }
}
