import { offAbort, onAbort } from "./abortListeners.js";
import type { Occasion, OccasionWatcher } from "./occasion.js";

/** An AbortSignal is aborted. */
export class Abortion implements Occasion {
  readonly isExternal = false;
  readonly #signal: AbortSignal;
  #watcher: OccasionWatcher | null = null;

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  hasCome(): boolean {
    return this.#signal.aborted;
  }

  watch(watcher: OccasionWatcher): void {
    this.#watcher = watcher;
    onAbort(this.#signal, this.#onAbort);
  }

  unwatch(): void {
    offAbort(this.#signal, this.#onAbort);
  }

  /** The signal's reason. */
  take(): unknown {
    return this.#signal.reason;
  }

  readonly #onAbort = (): void => {
    this.unwatch();
    this.#watcher?.came();
  };
}
