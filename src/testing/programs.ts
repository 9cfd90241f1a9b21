// Programs on the machines of a simulation: each is a run of its own.
import type { Owner } from "../handles/index.js";
import { unnamed } from "../host/virtual/index.js";
import {
  type Coroutine,
  type Event,
  type Operation,
  PromiseEvent,
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
  failure: { readonly error: unknown } | undefined;
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
      await this.promise;
    } catch (error) {
      this.failure = { error };
    }
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
  private readonly settled: PromiseEvent<T>;

  constructor(program: Started<T>) {
    this.program = program;
    this.settled = new PromiseEvent(program.promise);
  }

  isReady(): boolean {
    return this.settled.isReady();
  }

  add(waiter: Waiter): void {
    this.settled.add(waiter);
  }

  remove(waiter: Waiter): void {
    this.settled.remove(waiter);
  }

  take(): T {
    this.program.isTold = true;
    return this.settled.take();
  }
}
