// Keeping the process alive while somebody waits for a socket or a listener.
//
// A coroutine that has got what it waited for mostly waits again in the same turn: a server for the next request, an
// accept for the next connection. Node's ref and unref are calls into C++, and each message would need two of them. A
// report of Node's that ends a wait also starts a turn. So what is let go during a report stays as it is until that turn
// ends.

interface Held {
  ref(): unknown;
  unref(): unknown;
}

let areReporting = false;
/** The first of those that were let go during reports. */
let released: Refable | null = null;

export function reportStarts(): void {
  areReporting = true;
}

export function reportEnds(): void {
  areReporting = false;
}

/** The coroutines that the reports have woken have had their turn. */
export function settleReleased(): void {
  while (released !== null) released = released.settle();
}

export abstract class Refable {
  #waiting = 0;
  #isRefd = false;
  #isReleased = false;
  #nextReleased: Refable | null = null;
  isClosed = false;

  protected abstract held(): Held;

  protected get isRefd(): boolean {
    return this.#isRefd;
  }

  ref(): void {
    this.#waiting += 1;
    if (this.#isRefd) return;
    this.#isRefd = true;
    this.held().ref();
  }

  unref(): void {
    this.#waiting -= 1;
    if (this.#waiting > 0) return;
    if (!areReporting) this.#letGo();
    else if (!this.#isReleased) {
      this.#isReleased = true;
      this.#nextReleased = released;
      released = this;
    }
  }

  /** Returns the next that was let go. */
  settle(): Refable | null {
    const next = this.#nextReleased;
    this.#nextReleased = null;
    this.#isReleased = false;
    if (this.#waiting === 0) this.#letGo();
    return next;
  }

  #letGo(): void {
    if (!this.#isRefd) return;
    this.#isRefd = false;
    if (!this.isClosed) this.held().unref();
  }
}
