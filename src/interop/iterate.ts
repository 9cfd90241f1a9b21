import { isErrno } from "../errors/index.js";
import { type Coroutine, type Event, type Operation, Wait, type Waiter } from "../kernel/index.js";
import { startRun } from "../runtime/index.js";

/** Hands an item to whoever iterates; waits until it has been asked for. */
export type Emit<T> = (item: T) => Operation<void>;

/**
 * A coroutine as an async iterable: what it emits are the items.
 *
 * It starts with the first item that is asked for, as a run of its own, and waits with each item until that is taken.
 * Leaving the loop cancels it, and the loop is left when it has ended. Its error is thrown in the loop. Never blocks.
 *
 * @param body - The coroutine; it gets the function that emits. It runs anew for each loop.
 * @returns The iterable.
 * @example
 * ```ts
 * const ticks = iterate<number>(function* (emit) {
 *   for (let i = 0; ; i++) {
 *     yield* msleep(now() + 1000);
 *     yield* emit(i);
 *   }
 * });
 * for await (const tick of ticks) if (tick === 3) break;
 * ```
 * Source: async generators, https://tc39.es/ecma262/#sec-asyncgenerator-objects
 */
export function iterate<T>(body: (emit: Emit<T>) => Coroutine): AsyncIterable<T> {
  return { [Symbol.asyncIterator]: () => new Emission(body) };
}

interface Consumer<T> {
  resolve(step: IteratorResult<T, undefined>): void;
  reject(error: unknown): void;
}

class Emission<T> implements AsyncIterator<T, undefined> {
  readonly #body: (emit: Emit<T>) => Coroutine;
  #cancel: (() => void) | null = null;
  #isLeft = false;
  /** Those who have asked and got nothing yet; or the items that nobody has asked for: one for each who emits. */
  readonly #consumers: Consumer<T>[] = [];
  readonly #offers = new Set<Offer<T>>();
  /** The coroutine's end; its error is told once. */
  #ended: Promise<void> | null = null;
  #isOver = false;
  #failure: { readonly error: unknown } | null = null;

  constructor(body: (emit: Emit<T>) => Coroutine) {
    this.#body = body;
  }

  next(): Promise<IteratorResult<T, undefined>> {
    if (this.#isLeft && this.#ended === null) return Promise.resolve(end);
    this.#ended ??= this.#start();
    const [offer] = this.#offers;
    if (offer !== undefined) {
      this.#offers.delete(offer);
      return Promise.resolve({ done: false, value: offer.accept() });
    }
    return new Promise((resolve, reject) => {
      this.#consumers.push({ resolve, reject });
      if (this.#isOver) this.#tellEnd();
    });
  }

  async return(): Promise<IteratorResult<T, undefined>> {
    this.#isLeft = true;
    this.#cancel?.();
    await this.#ended;
    const failure = this.#failure;
    this.#failure = null;
    if (failure !== null) throw failure.error;
    return end;
  }

  async #start(): Promise<void> {
    try {
      const coroutine = this.#body((item) => this.#emit(item));
      const { running, cancel } = startRun(coroutine, () => ({ by: "holder", grace: 0 }));
      this.#cancel = cancel;
      await running;
    } catch (error) {
      if (!this.#isLeft || !isErrno(error, "ECANCELED")) this.#failure = { error };
    }
    this.#isOver = true;
    this.#tellEnd();
  }

  #emit(item: T): Operation<void> {
    return new Emitting(() => new Offer(item, this.#consumers, this.#offers));
  }

  #tellEnd(): void {
    for (const consumer of this.#consumers.splice(0)) {
      const failure = this.#failure;
      this.#failure = null;
      if (failure === null) consumer.resolve(end);
      else consumer.reject(failure.error);
    }
  }
}

const end = { done: true, value: undefined } as const;

/** Somebody takes the item. Who asks for one has it as soon as it is taken, and not when the emitter goes on. */
class Offer<T> implements Event<void> {
  readonly source = "inside";
  readonly #item: T;
  readonly #consumers: Consumer<T>[];
  readonly #offers: Set<Offer<T>>;
  #waiter: Waiter | null = null;

  constructor(item: T, consumers: Consumer<T>[], offers: Set<Offer<T>>) {
    this.#item = item;
    this.#consumers = consumers;
    this.#offers = offers;
  }

  isReady(): boolean {
    return this.#consumers.length > 0;
  }

  add(waiter: Waiter): void {
    this.#waiter = waiter;
    this.#offers.add(this);
  }

  remove(): void {
    this.#offers.delete(this);
  }

  take(): void {
    if (this.#waiter === null) this.#consumers.shift()?.resolve({ done: false, value: this.#item });
  }

  accept(): T {
    this.#waiter?.fire();
    return this.#item;
  }
}

class Emitting extends Wait<void> {
  readonly syscall = "emit";
  readonly #offer: () => Event<void>;

  constructor(offer: () => Event<void>) {
    super(-1);
    this.#offer = offer;
  }

  protected findEvent(): Event<void> {
    return this.#offer();
  }

  protected copy(): Emitting {
    return new Emitting(this.#offer);
  }
}
