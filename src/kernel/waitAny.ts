// Waiting for the first of several events: what choose does.
import { BlockingOperation, type Step } from "./blockingOperation.js";
import type { Event, Interruption, Waiter } from "./event.js";
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
  readonly index: number;
  protected readonly choice: WaitAny;

  constructor(choice: WaitAny, index: number) {
    this.choice = choice;
    this.index = index;
  }

  abstract readonly isExternal: boolean;
  abstract isReady(): boolean;
  abstract register(): void;
  abstract withdraw(): void;
  /** What came of it; whatever was thrown is the clause's error. */
  abstract outcome(): Chosen;
  giveBack(): void {}

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

  get isExternal(): boolean {
    return this.event.isExternal;
  }

  isReady(): boolean {
    return this.event.isReady();
  }

  register(): void {
    this.event.add(this);
  }

  withdraw(): void {
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

/** Nothing is registered. */
const noAlternatives: readonly Alternative[] = [];

export abstract class WaitAny extends BlockingOperation<Chosen> {
  /** Those that are registered; null for a clause that nothing can come of. */
  private registered: readonly (Alternative | null)[] = noAlternatives;
  private chosen: Alternative | null = null;
  /** Whose handle was closed while the others were being registered. */
  private failedOne: Alternative | null = null;

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
    let isExternal = false;
    let count = 0;
    try {
      for (; count < alternatives.length; count++) {
        const alternative = alternatives[count] as Alternative | null;
        if (alternative === null) continue;
        alternative.register();
        isExternal ||= alternative.isExternal;
      }
    } catch (error) {
      this.withdrawSome(alternatives, count, null);
      throw error;
    }
    this.registered = alternatives;
    if (this.interruption !== null) {
      this.withdrawSome(alternatives, count, this.failedOne);
      throw this.errorOf(this.interruption as Interruption);
    }
    if (this.chosen !== null) {
      this.withdrawSome(alternatives, count, this.chosen);
      return this.chosenNow(this.chosen);
    }
    return this.suspend(task, deadline, isExternal);
  }

  protected resume(): Step<Chosen> {
    return this.chosenNow(this.chosen as Alternative);
  }

  fired(alternative: Alternative): void {
    if (this.chosen !== null) return;
    this.chosen = alternative;
    if (this.task?.operation !== this) return; // it has not gone to sleep yet, and will look
    this.withdrawAll(alternative);
    wake(this.task);
  }

  failed(alternative: Alternative, why: Interruption): void {
    if (this.task?.operation !== this) {
      this.failedOne ??= alternative;
      this.interruption ??= why;
      return;
    }
    this.withdrawAll(alternative);
    interrupt(this.task, why);
  }

  undo(): void {
    this.withdrawAll(null);
  }

  override giveBack(): void {
    this.chosen?.giveBack();
  }

  private withdrawAll(except: Alternative | null): void {
    const registered = this.registered;
    this.registered = noAlternatives;
    this.withdrawSome(registered, registered.length, except);
  }

  private withdrawSome(
    alternatives: readonly (Alternative | null)[],
    count: number,
    except: Alternative | null,
  ): void {
    for (let i = 0; i < count; i++) {
      const alternative = alternatives[i] as Alternative | null;
      if (alternative !== null && alternative !== except) alternative.withdraw();
    }
  }
}
