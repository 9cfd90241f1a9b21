// Waiting for the first of several events: what choose does.
import { BlockingOperation, type Step } from "./blockingOperation.js";
import type { Event, Interruption, Source, Waiter } from "./event.js";
import { interrupt, wake } from "./park.js";

/** Which of the events came, and what came of it. */
export interface Chosen {
  readonly index: number;
  readonly value?: unknown;
  readonly error?: unknown;
}

/** One of the events, and its registration. */
export abstract class Alternative implements Waiter {
  before: Waiter | null = null;
  after: Waiter | null = null;
  /** Whether it is registered with its event, which may have told it already. */
  standing: "outside" | "registered" | "told" = "outside";
  readonly index: number;
  protected readonly choice: WaitAny;

  constructor(choice: WaitAny, index: number) {
    this.choice = choice;
    this.index = index;
  }

  abstract readonly source: Source;
  abstract isReady(): boolean;
  abstract register(): void;
  /** Only while it is registered. */
  protected abstract withdraw(): void;
  /** What came of it; whatever was thrown is the clause's error. */
  abstract outcome(): Chosen;
  giveBack(): void {}

  leave(): void {
    if (this.standing !== "registered") return;
    this.standing = "outside";
    this.withdraw();
  }

  fire(): void {
    this.choice.fired(this);
  }

  fail(why: Interruption): void {
    this.choice.failed(this, why);
  }
}

/** Any event as an alternative. */
export class EventAlternative extends Alternative {
  private readonly event: Event;

  constructor(choice: WaitAny, index: number, event: Event) {
    super(choice, index);
    this.event = event;
  }

  get source(): Source {
    return this.event.source;
  }

  isReady(): boolean {
    return this.event.isReady();
  }

  register(): void {
    this.event.add(this);
  }

  protected withdraw(): void {
    this.event.remove(this);
  }

  outcome(): Chosen {
    const { index } = this;
    try {
      return { index, value: this.event.take() };
    } catch (error) {
      return { index, error: error === undefined ? new Error("the reason is undefined") : error };
    }
  }

  override giveBack(): void {
    this.event.giveBack?.();
  }
}

const strengths: Readonly<Record<Source, number>> = {
  inside: 0,
  coroutines: 1,
  stream: 2,
  outside: 3,
};

/** Of two, the one that has more to do with the outside. */
function stronger(a: Source, b: Source): Source {
  return strengths[b] > strengths[a] ? b : a;
}

/** Nothing is registered. */
const noAlternatives: readonly Alternative[] = [];

export abstract class WaitAny extends BlockingOperation<Chosen> {
  /** Those that are registered; null for a clause that nothing can come of. */
  private registered: readonly (Alternative | null)[] = noAlternatives;
  private chosen: Alternative | null = null;

  /** Takes the alternative's result. */
  protected chosenNow(alternative: Alternative): Step<Chosen> {
    return this.complete(alternative.outcome());
  }

  /** Waits for the first of them that is ready. */
  protected waitForAny(
    alternatives: readonly (Alternative | null)[],
    deadline: number,
  ): Step<Chosen> {
    if (alternatives.length > 1) {
      for (const alternative of alternatives) {
        // Those that come later in the list may have called the user's code when they were looked at.
        if (alternative?.isReady() === true) return this.chosenNow(alternative);
      }
    }
    const task = this.waiter();
    this.registered = alternatives;
    let source: Source = "inside";
    let hasEvents = false;
    for (const alternative of alternatives) {
      if (alternative instanceof EventAlternative) hasEvents = true;
      else if (alternative !== null) this.register(alternative);
    }
    // Last, because these may call the user's code, which may send to the others, or make the next event come.
    for (const alternative of hasEvents ? alternatives : noAlternatives) {
      if (this.isDecided()) break;
      if (!(alternative instanceof EventAlternative)) continue;
      source = stronger(source, alternative.source);
      this.registerEvent(alternative);
    }
    if (this.chosen !== null) return this.chosenNow(this.chosen);
    if (this.interruption !== null) throw this.errorOf(this.interruption as Interruption);
    return this.suspend(task, deadline, source);
  }

  private register(alternative: Alternative): void {
    alternative.register();
    if (alternative.standing === "outside") alternative.standing = "registered";
  }

  private registerEvent(alternative: EventAlternative): void {
    try {
      if (alternative.isReady()) this.fired(alternative);
      else this.register(alternative);
    } catch (error) {
      this.withdrawAll();
      if (this.chosen === null) throw error; // else the user's code has made another one come first
    }
    if (this.isDecided()) alternative.leave();
  }

  /** Registering may call the user's code, and that may make one of the others come. */
  private isDecided(): boolean {
    return this.chosen !== null || this.interruption !== null;
  }

  protected resume(): Step<Chosen> {
    return this.chosenNow(this.chosen as Alternative);
  }

  fired(alternative: Alternative): void {
    alternative.standing = "told";
    if (this.isDecided()) return;
    this.chosen = alternative;
    this.withdrawAll();
    if (this.task?.operation === this) wake(this.task);
  }

  failed(alternative: Alternative, why: Interruption): void {
    alternative.standing = "told";
    if (this.isDecided()) return;
    this.withdrawAll();
    if (this.task?.operation === this) interrupt(this.task, why);
    else this.interruption = why;
  }

  undo(): void {
    this.withdrawAll();
  }

  override giveBack(): void {
    this.chosen?.giveBack();
  }

  private withdrawAll(): void {
    const { registered } = this;
    this.registered = noAlternatives;
    for (const alternative of registered) alternative?.leave();
  }
}
