// How a promise ended, for all who wait for it: one reaction, however often somebody begins to wait and
// gives up, because a reaction can't be taken back. A loop that chooses between its work and a promise
// which stands for the end of the program would add one each time round.
import { List } from "../collections/index.js";
import type { Event, Waiter } from "./event.js";

/** Waits for promises that have not settled. */
let awaiting = 0;

/** How many waits promises may end: a simulated clock must not pass by what they bring. */
export function promiseWaits(): number {
  return awaiting;
}

class PromiseState {
  state: "pending" | "fulfilled" | "rejected" = "pending";
  /** The value, or the reason. */
  value: unknown = undefined;
  private readonly waiters: List<Waiter> = new List<Waiter>();

  settle(state: "fulfilled" | "rejected", value: unknown): void {
    if (this.state !== "pending") return; // a thenable that is no promise may say more than one thing
    this.state = state;
    this.value = value;
    // One at a time: the first may withdraw others, and all have left before they are told.
    for (let { first } = this.waiters; first !== null; { first } = this.waiters) {
      this.remove(first);
      first.fire();
    }
  }

  add(waiter: Waiter): void {
    this.waiters.add(waiter);
    awaiting += 1;
  }

  remove(waiter: Waiter): void {
    this.waiters.remove(waiter);
    awaiting -= 1;
  }
}

const states = new WeakMap<PromiseLike<unknown>, PromiseState>();

/**
 * The one state of a promise. Known at once only if somebody has asked before, and then waited. To ask is to handle
 * the rejection. Calls `then`, which of a thenable is the user's code.
 */
function promiseStateOf(promise: PromiseLike<unknown>): PromiseState {
  const known = states.get(promise);
  if (known !== undefined) return known;
  const state = new PromiseState();
  states.set(promise, state);
  try {
    promise.then(
      (value) => state.settle("fulfilled", value),
      (reason: unknown) => state.settle("rejected", reason),
    );
  } catch (reason) {
    state.settle("rejected", reason);
  }
  return state;
}

/** Nobody will wait for the promise after all: its rejection is no error of the process. */
export function handleRejection(promise: unknown): void {
  if (promise instanceof Promise) promiseStateOf(promise);
}

/** A promise settles. */
export class PromiseEvent<T> implements Event<T> {
  readonly source = "inside";
  readonly #state: PromiseState;

  constructor(promise: PromiseLike<T>) {
    this.#state = promiseStateOf(promise);
  }

  isReady(): boolean {
    return this.#state.state !== "pending";
  }

  add(waiter: Waiter): void {
    this.#state.add(waiter);
  }

  remove(waiter: Waiter): void {
    this.#state.remove(waiter);
  }

  take(): T {
    const { state, value } = this.#state;
    if (state === "rejected") throw value;
    return value as T; // of that promise
  }
}
