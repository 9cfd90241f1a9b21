// Something besides a message that choose can wait for.
import type { HandleType } from "../handles/index.js";

/** Is told once: one or the other. */
export interface OccasionWatcher {
  came(): void;
  /** The handle that it would have come from was closed. */
  closed(): void;
}

/** It serves one choose, once. To look and to watch changes nothing for anybody else; to take it may. */
export interface Occasion {
  /** Whether a socket or its like brings it, and not another coroutine. */
  readonly isExternal: boolean;
  hasCome(): boolean;
  watch(watcher: OccasionWatcher): void;
  unwatch(): void;
  /** What came of it, for the one who has chosen it; throws if that is an error. */
  take(): unknown;
}

/** What a handle can answer to {@link readableType}: a socket, or a listener. */
export interface Readable {
  /** The next receive, or accept, need not wait. Throws what would keep that from waiting. */
  whenReadable(syscall: string): Occasion;
}

/** The type by which choose finds {@link Readable}. */
export const readableType: HandleType<Readable> = Symbol("readable");
