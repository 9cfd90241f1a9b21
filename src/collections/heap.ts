// A binary heap whose members know their index, so that any of them can leave in O(log n). A member that came
// last and leaves soon, as almost every deadline does, leaves in O(1). The keys stand in an array of their own:
// there V8 keeps numbers as they are, and in the members each would be an object (bench: blocked).

/** What a member carries. Only the heap writes it: -1 while outside. */
export interface HeapMember {
  heapIndex: number;
}

/** Members by key, the smallest first; among equal keys, in the order in which they came. */
export class Heap<T extends HeapMember> {
  readonly #items: T[] = [];
  readonly #keys: number[] = [];
  /** How many had come before each member. */
  readonly #places: number[] = [];
  #added = 0;

  get length(): number {
    return this.#items.length;
  }

  get first(): T | undefined {
    return this.#items[0];
  }

  /** The smallest key; undefined if the heap is empty. */
  get firstKey(): number | undefined {
    return this.#keys[0];
  }

  /** The members stand at the places from 0 up to `length`, the first one at 0, and the others in no order to count on. */
  at(place: number): T | undefined {
    return this.#items[place];
  }

  /** Only of a member of this very heap. */
  keyOf(item: T): number {
    return this.#keys[item.heapIndex] as number;
  }

  add(item: T, key: number): void {
    this.#added += 1;
    this.#rise(item, key, this.#added, this.#items.length);
  }

  /** Only for a member of this very heap. */
  remove(item: T): void {
    const { heapIndex } = item;
    const last = this.#items.pop();
    const key = this.#keys.pop();
    const place = this.#places.pop();
    item.heapIndex = -1;
    if (last === undefined || key === undefined || place === undefined || last === item) return;
    this.#rise(last, key, place, heapIndex);
    this.#sink(last, key, place, last.heapIndex);
  }

  #rise(item: T, key: number, place: number, from: number): void {
    const [items, keys, places] = [this.#items, this.#keys, this.#places];
    let index = from;
    while (index > 0) {
      const above = (index - 1) >> 1;
      const otherKey = keys[above] as number;
      const otherPlace = places[above] as number;
      if (otherKey < key || (otherKey === key && otherPlace < place)) break;
      const parent = items[above] as T;
      items[index] = parent;
      keys[index] = otherKey;
      places[index] = otherPlace;
      parent.heapIndex = index;
      index = above;
    }
    items[index] = item;
    keys[index] = key;
    places[index] = place;
    item.heapIndex = index;
  }

  #sink(item: T, key: number, place: number, from: number): void {
    const [items, keys, places] = [this.#items, this.#keys, this.#places];
    const { length } = items;
    let index = from;
    for (let below = 2 * index + 1; below < length; below = 2 * index + 1) {
      let otherKey = keys[below] as number;
      let otherPlace = places[below] as number;
      if (below + 1 < length) {
        const rightKey = keys[below + 1] as number;
        const rightPlace = places[below + 1] as number;
        if (rightKey < otherKey || (rightKey === otherKey && rightPlace < otherPlace)) {
          otherKey = rightKey;
          otherPlace = rightPlace;
          below += 1;
        }
      }
      if (otherKey > key || (otherKey === key && otherPlace > place)) break;
      const child = items[below] as T;
      items[index] = child;
      keys[index] = otherKey;
      places[index] = otherPlace;
      child.heapIndex = index;
      index = below;
    }
    items[index] = item;
    keys[index] = key;
    places[index] = place;
    item.heapIndex = index;
  }
}
