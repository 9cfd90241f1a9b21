import { expect } from "chai";
import { Heap, type Ranked } from "#src/collections/heap.js";

describe("Heap", () => {
  it("is empty at first", () => {
    const heap = new Heap<Ranked>();
    expect([heap.length, heap.first]).to.deep.equal([0, undefined]);
  });

  it("has the member of the smallest rank first", () => {
    const heap = heapOf([5, 3, 8, 1, 9, 2]);
    expect(drain(heap).map(({ rank }) => rank)).to.deep.equal([1, 2, 3, 5, 8, 9]);
  });

  it("has the smallest order first among equal ranks", () => {
    const heap = heapOf([7, 7, 7, 7, 7]);
    expect(drain(heap).map(({ order }) => order)).to.deep.equal([0, 1, 2, 3, 4]);
  });

  it("lets any member leave, and takes its place away", () => {
    const heap = new Heap<Ranked>();
    const members = [4, 2, 6, 1, 3].map(member);
    for (const one of members) heap.add(one);
    const gone = members[1] as Ranked;
    heap.remove(gone);
    expect(gone.place).to.equal(-1);
    expect(drain(heap).map(({ rank }) => rank)).to.deep.equal([1, 3, 4, 6]);
  });

  it("lets its only member leave, and take part again", () => {
    const heap = new Heap<Ranked>();
    const only = member(1, 0);
    heap.add(only);
    heap.remove(only);
    expect([heap.length, heap.first]).to.deep.equal([0, undefined]);
    heap.add(only);
    expect(heap.first).to.equal(only);
  });
});

function member(rank: number, order: number): Ranked {
  return { place: -1, rank, order };
}

function heapOf(ranks: number[]): Heap<Ranked> {
  const heap = new Heap<Ranked>();
  for (const [order, rank] of ranks.entries()) heap.add(member(rank, order));
  return heap;
}

function drain(heap: Heap<Ranked>): Ranked[] {
  const drained: Ranked[] = [];
  for (let one = heap.first; one !== undefined; one = heap.first) {
    heap.remove(one);
    drained.push(one);
  }
  return drained;
}
