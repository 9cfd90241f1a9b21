// How a promise ended, for all who wait for it: one reaction, however often somebody begins to wait and
// gives up, because a reaction can't be taken back. A loop that chooses between its work and a promise
// which stands for the end of the program would add one each time round.
import { type Linked, List } from "../collections/index.js";

/** Somebody who waits for a promise. */
export interface SettlementWatcher extends Linked<SettlementWatcher> {
  settled(): void;
}

export class Settlement {
  state: "pending" | "fulfilled" | "rejected" = "pending";
  /** The value, or the reason. */
  value: unknown = undefined;
  private readonly watchers = new List<SettlementWatcher>();

  add(watcher: SettlementWatcher): void {
    this.watchers.add(watcher);
  }

  /** Only for one that has not been told. */
  remove(watcher: SettlementWatcher): void {
    this.watchers.remove(watcher);
  }

  settle(state: "fulfilled" | "rejected", value: unknown): void {
    if (this.state !== "pending") return; // a thenable that is no promise may say more than one thing
    this.state = state;
    this.value = value;
    const { watchers } = this;
    for (let watcher = watchers.first; watcher !== null; watcher = watchers.first) {
      watchers.remove(watcher);
      watcher.settled();
    }
  }
}

const settlements = new WeakMap<PromiseLike<unknown>, Settlement>();

/** The one settlement of a promise. Known at once only if somebody has asked before, and then waited. */
export function settlementOf(promise: PromiseLike<unknown>): Settlement {
  const known = settlements.get(promise);
  if (known !== undefined) return known;
  const settlement = new Settlement();
  settlements.set(promise, settlement);
  try {
    promise.then(
      (value) => settlement.settle("fulfilled", value),
      (reason: unknown) => settlement.settle("rejected", reason),
    );
  } catch (reason) {
    settlement.settle("rejected", reason);
  }
  return settlement;
}
