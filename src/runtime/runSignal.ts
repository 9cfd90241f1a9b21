// The signal that a run was given. It may be an object of the program's own, whose getters and methods throw.
import { inspectSafely } from "../errors/index.js";
import { offAbort, onAbort, type Waiter } from "../kernel/index.js";

export class RunSignal implements Waiter {
  before: Waiter | null = null;
  after: Waiter | null = null;
  private readonly signal: AbortSignal;
  private readonly come: () => void;
  private isWatched = false;

  constructor(signal: AbortSignal, come: () => void) {
    this.signal = signal;
    this.come = come;
  }

  get hasCome(): boolean {
    return inspectSafely(() => this.signal.aborted, false);
  }

  get reason(): unknown {
    return inspectSafely(() => this.signal.reason as unknown, undefined);
  }

  /** From now on the run is told. Throws what the signal throws. */
  watch(): void {
    this.isWatched = true;
    onAbort(this.signal, this);
  }

  leave(): void {
    if (this.isWatched) offAbort(this.signal, this);
    this.isWatched = false;
  }

  fire(): void {
    this.isWatched = false;
    this.come();
  }

  fail(): void {}
}
