// A growable circular queue, first in first out. It keeps its room, so that a queue in use allocates nothing.
//
//   items:  [ . . c d e . . . ]     head = 2, length = 3; the capacity is a power of two,
//                 ^head              so that an index wraps with one mask.

/** First in, first out. */
export class Ring<T> {
  private items: (T | undefined)[] = new Array<T | undefined>(16);
  private head = 0;
  private mask = 15;
  /** How many are waiting. */
  length = 0;

  push(item: T): void {
    if (this.length > this.mask) this.#grow();
    this.items[(this.head + this.length) & this.mask] = item;
    this.length += 1;
  }

  shift(): T | undefined {
    if (this.length === 0) return undefined;
    const item = this.items[this.head];
    this.items[this.head] = undefined;
    this.head = (this.head + 1) & this.mask;
    this.length -= 1;
    return item;
  }

  /** Takes the item out if it is the one that came last. */
  dropLast(item: T): boolean {
    const place = (this.head + this.length - 1) & this.mask;
    if (this.length === 0 || this.items[place] !== item) return false;
    this.items[place] = undefined;
    this.length -= 1;
    return true;
  }

  /** The item at that place becomes the first; the others keep their order. */
  bringForward(place: number): void {
    const item = this.items[(this.head + place) & this.mask];
    for (let i = place; i > 0; i--) {
      this.items[(this.head + i) & this.mask] = this.items[(this.head + i - 1) & this.mask];
    }
    this.items[this.head] = item;
  }

  /** Takes out all that don't fit, in one pass; the others keep their order. */
  keep(fits: (item: T) => boolean): void {
    for (let left = this.length; left > 0; left--) {
      const item = this.shift() as T;
      if (fits(item)) this.push(item);
    }
  }

  #grow(): void {
    const old = this.items;
    const bigger = new Array<T | undefined>(old.length * 2);
    for (let i = 0; i < old.length; i++) bigger[i] = old[(this.head + i) & this.mask];
    this.items = bigger;
    this.head = 0;
    this.mask = bigger.length - 1;
  }
}
