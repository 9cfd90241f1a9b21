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
  /** The next one in the list of those that the operation waits for. */
  further: Alternative | null = null;
  /** Whether it is registered with its event, which may have told it already. */
  standing: "outside" | "registered" | "told" = "outside";
  readonly index: number;
  protected readonly choice: WaitAny;

  constructor(choice: WaitAny, index: number) {
    this.choice = choice;
    this.index = index;
  }

  /** Null: two coroutines meet, and no code of the user's is asked. */
  abstract readonly event: Event | null;
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
  readonly event: Event;

  constructor(choice: WaitAny, index: number, event: Event) {
    super(choice, index);
    this.event = event;
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

/** Alternatives in their order: linked, because a list of one or two would cost as much as the wait (bench: choose). */
export class Alternatives {
  first: Alternative | null = null;
  private last: Alternative | null = null;

  add(alternative: Alternative): void {
    if (this.last === null) this.first = alternative;
    else this.last.further = alternative;
    this.last = alternative;
  }
}

function withdrawEvents(first: Alternative | null): void {
  for (let each = first; each !== null; each = each.further) each.leave();
}

export abstract class WaitAny extends BlockingOperation<Chosen> {
  /** The first of those that are registered. */
  private registered: Alternative | null = null;
  private chosen: Alternative | null = null;

  /** Takes the alternative's result. */
  protected chosenNow(alternative: Alternative): Step<Chosen> {
    return this.complete(alternative.outcome());
  }

  /** Waits for the first of them that is ready. */
  protected waitForAny(first: Alternative | null, deadline: number): Step<Chosen> {
    if (first !== null && first.further !== null) {
      // Those that come later in the list may have called the user's code when they were looked at.
      for (let each: Alternative | null = first; each !== null; each = each.further) {
        if (each.isReady()) return this.chosenNow(each);
      }
    }
    const task = this.waiter();
    this.registered = first;
    let hasEvents = false;
    for (let each = first; each !== null; each = each.further) {
      if (each.event === null) this.register(each);
      else hasEvents = true;
    }
    const source = hasEvents ? this.registerEvents(first) : "inside";
    if (this.chosen !== null) return this.chosenNow(this.chosen);
    if (this.interruption !== null) throw this.errorOf(this.interruption as Interruption);
    return this.suspend(task, deadline, source);
  }

  private register(alternative: Alternative): void {
    alternative.register();
    if (alternative.standing === "outside") alternative.standing = "registered";
  }

  /** Last, because these may call the user's code, which may send to the others, or make the next event come. */
  private registerEvents(first: Alternative | null): Source {
    let source: Source = "inside";
    for (let each = first; each !== null && !this.isDecided(); each = each.further) {
      if (each.event === null) continue;
      source = stronger(source, each.event.source);
      this.registerEvent(each);
    }
    return source;
  }

  private registerEvent(alternative: Alternative): void {
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
    const events = this.withdrawMessages();
    if (this.task?.operation === this) wake(this.task);
    withdrawEvents(events);
  }

  failed(alternative: Alternative, why: Interruption): void {
    alternative.standing = "told";
    if (this.isDecided()) return;
    const events = this.withdrawMessages();
    if (this.task?.operation === this) interrupt(this.task, why);
    else this.interruption = why;
    withdrawEvents(events);
  }

  undo(): void {
    this.withdrawAll();
  }

  override giveBack(): void {
    this.chosen?.giveBack();
  }

  private withdrawAll(): void {
    withdrawEvents(this.withdrawMessages());
  }

  /**
   * Those that no code of the user's is told of. The others come last, when it is settled which one was chosen, and that its
   * coroutine goes on: returned is where they begin.
   */
  private withdrawMessages(): Alternative | null {
    const { registered } = this;
    this.registered = null;
    let events: Alternative | null = null;
    for (let each = registered; each !== null; each = each.further) {
      if (each.event === null) each.leave();
      else events ??= each;
    }
    return events;
  }
}
