import { host } from "../../host/index.js";

/** The longest delay that a timer of Node takes. */
const longest = 2 ** 31 - 1;

/**
 * The idle limit of a connection, as `setTimeout` of net.Socket sets it.
 *
 * Activity only notes the time. The timer looks at that time when it rings and goes on for the rest, so that traffic
 * costs no timer.
 */
export class IdleTimer {
  readonly #ring: () => void;
  #limit = 0;
  #lastActivity = 0;
  #cancel: (() => void) | null = null;

  constructor(ring: () => void) {
    this.#ring = ring;
  }

  /** Starts anew. With 0 there is no limit. */
  set(limit: number): void {
    this.clear();
    this.#limit = limit;
    this.noteActivity();
  }

  /** After it has rung, it waits for activity before it counts again. */
  noteActivity(): void {
    if (this.#limit === 0) return;
    this.#lastActivity = host.now();
    if (this.#cancel === null) this.#arm(this.#limit);
  }

  /** Cancels the timer, because a pending timer would keep the connection in memory. */
  clear(): void {
    this.#limit = 0;
    this.#cancel?.();
    this.#cancel = null;
  }

  #arm(delay: number): void {
    this.#cancel = host.afterUnref(Math.min(delay, longest), () => {
      this.#cancel = null;
      const left = this.#lastActivity + this.#limit - host.now();
      if (left > 0) this.#arm(left);
      else this.#ring();
    });
  }
}
