import type { Occasion, OccasionWatcher } from "./occasion.js";
import { type Settlement, settlementOf, type SettlementWatcher } from "./settlement.js";

/** A promise settles. */
export class Settling implements Occasion, SettlementWatcher {
  readonly isExternal = false;
  before: SettlementWatcher | null = null;
  after: SettlementWatcher | null = null;
  readonly #settlement: Settlement;
  #watcher: OccasionWatcher | null = null;

  constructor(promise: PromiseLike<unknown>) {
    this.#settlement = settlementOf(promise);
  }

  hasCome(): boolean {
    return this.#settlement.state !== "pending";
  }

  watch(watcher: OccasionWatcher): void {
    this.#watcher = watcher;
    this.#settlement.add(this);
  }

  unwatch(): void {
    this.#settlement.remove(this);
  }

  settled(): void {
    this.#watcher?.came();
  }

  take(): unknown {
    const { state, value } = this.#settlement;
    if (state === "rejected") throw value;
    return value;
  }
}
