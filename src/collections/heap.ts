// A binary heap whose members know their index, so that any of them can leave in O(log n). A member that came
// last and leaves soon, as almost every deadline does, leaves in O(1).

/** What a member carries. `heapIndex` belongs to the heap: -1 while outside. */
export interface HeapMember {
  heapIndex: number;
  /** The smallest key leaves first. */
  key: number;
  /** Among equal keys, the smallest sequence number leaves first. */
  seq: number;
}

/** Members by key, then by sequence number. */
export class Heap<T extends HeapMember> {
  readonly #items: T[] = [];

  get length(): number {
    return this.#items.length;
  }

  get first(): T | undefined {
    return this.#items[0];
  }

  add(item: T): void {
    this.#items.push(item);
    this.#rise(item, this.#items.length - 1);
  }

  /** Only for a member of this very heap. */
  remove(item: T): void {
    const { heapIndex } = item;
    const last = this.#items.pop();
    item.heapIndex = -1;
    if (last === undefined || last === item) return;
    this.#rise(last, heapIndex);
    this.#sink(last, last.heapIndex);
  }

  #rise(item: T, from: number): void {
    const items = this.#items;
    let index = from;
    while (index > 0) {
      const above = (index - 1) >> 1;
      const parent = items[above];
      if (parent === undefined || isBefore(parent, item)) break;
      items[index] = parent;
      parent.heapIndex = index;
      index = above;
    }
    items[index] = item;
    item.heapIndex = index;
  }

  #sink(item: T, from: number): void {
    const items = this.#items;
    let index = from;
    for (;;) {
      let below = 2 * index + 1;
      let child = items[below];
      if (child === undefined) break;
      const sibling = items[below + 1];
      if (sibling !== undefined && isBefore(sibling, child)) {
        child = sibling;
        below += 1;
      }
      if (isBefore(item, child)) break;
      items[index] = child;
      child.heapIndex = index;
      index = below;
    }
    items[index] = item;
    item.heapIndex = index;
  }
}

function isBefore(a: HeapMember, b: HeapMember): boolean {
  return a.key < b.key || (a.key === b.key && a.seq < b.seq);
}
