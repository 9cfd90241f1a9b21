import { type Bundle, bundleOf, type BundleResource, type BundleWaiter } from "./bundle.js";
import type { Occasion, OccasionWatcher } from "./occasion.js";

/** All coroutines of a bundle have ended, or one has failed: what bundleWait waits for. */
export class BundleEnd implements Occasion, BundleWaiter {
  readonly isExternal = false;
  before: BundleWaiter | null = null;
  after: BundleWaiter | null = null;
  readonly #bundle: BundleResource;
  #watcher: OccasionWatcher | null = null;

  constructor(b: Bundle, syscall: string) {
    this.#bundle = bundleOf(b, syscall);
  }

  hasCome(): boolean {
    return this.#bundle.group.hasFailure || this.#bundle.group.isEmpty;
  }

  watch(watcher: OccasionWatcher): void {
    this.#watcher = watcher;
    this.#bundle.addWaiter(this);
  }

  unwatch(): void {
    this.#bundle.removeWaiter(this);
  }

  bundleEmptied(): void {
    this.#watcher?.came();
  }

  bundleClosed(): void {
    this.#watcher?.closed();
  }

  take(): void {
    const failure = this.#bundle.group.takeFailure();
    if (failure !== undefined) throw failure.error;
  }
}
