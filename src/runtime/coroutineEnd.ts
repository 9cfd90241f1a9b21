import { List } from "../collections/index.js";
import type { Joinable } from "./bundle.js";
import { done, type Joiner, type Task } from "./coroutine.js";
import { type JoinedBundle, joinTarget, resultOf, watchBundle } from "./join.js";
import type { Occasion, OccasionWatcher } from "./occasion.js";

/** A coroutine ends: what join waits for. */
export class CoroutineEnd implements Occasion, Joiner {
  readonly isExternal = false;
  before: Joiner | null = null;
  after: Joiner | null = null;
  readonly #target: Task;
  readonly #joined: Joinable<unknown>;
  #throughHandle: JoinedBundle | null = null;
  #watcher: OccasionWatcher | null = null;

  constructor(joined: Joinable<unknown>, syscall: string) {
    this.#joined = joined;
    this.#target = joinTarget(joined, syscall);
  }

  hasCome(): boolean {
    return this.#target.state === done;
  }

  watch(watcher: OccasionWatcher): void {
    this.#watcher = watcher;
    (this.#target.joiners ??= new List<Joiner>()).add(this);
    this.#throughHandle = watchBundle(this.#joined, () => watcher.closed());
  }

  unwatch(): void {
    this.#target.joiners?.remove(this);
    this.#throughHandle?.leave();
  }

  taskEnded(): void {
    this.#throughHandle?.leave();
    this.#watcher?.came();
  }

  take(): unknown {
    return resultOf(this.#target);
  }
}
