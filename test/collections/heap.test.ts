import { expect } from "chai";
import { Heap, type HeapMember } from "#src/collections/heap.js";

describe("Heap", () => {
  it("is empty at first", () => {
    const heap = new Heap<HeapMember>();
    expect([heap.length, heap.first]).to.deep.equal([0, undefined]);
  });

  it("has the member of the smallest key first", () => {
    const heap = heapOf([5, 3, 8, 1, 9, 2]);
    expect(drain(heap).map(({ key }) => key)).to.deep.equal([1, 2, 3, 5, 8, 9]);
  });

  it("has the smallest seq first among equal ranks", () => {
    const heap = heapOf([7, 7, 7, 7, 7]);
    expect(drain(heap).map(({ seq }) => seq)).to.deep.equal([0, 1, 2, 3, 4]);
  });

  it("lets any member leave, and takes its heapIndex away", () => {
    const heap = new Heap<HeapMember>();
    const members = [4, 2, 6, 1, 3].map(member);
    for (const one of members) heap.add(one);
    const gone = members[1] as HeapMember;
    heap.remove(gone);
    expect(gone.heapIndex).to.equal(-1);
    expect(drain(heap).map(({ key }) => key)).to.deep.equal([1, 3, 4, 6]);
  });

  it("lets its only member leave, and take part again", () => {
    const heap = new Heap<HeapMember>();
    const only = member(1, 0);
    heap.add(only);
    heap.remove(only);
    expect([heap.length, heap.first]).to.deep.equal([0, undefined]);
    heap.add(only);
    expect(heap.first).to.equal(only);
  });
});

function member(key: number, seq: number): HeapMember {
  return { heapIndex: -1, key, seq };
}

function heapOf(ranks: number[]): Heap<HeapMember> {
  const heap = new Heap<HeapMember>();
  for (const [seq, key] of ranks.entries()) heap.add(member(key, seq));
  return heap;
}

function drain(heap: Heap<HeapMember>): HeapMember[] {
  const drained: HeapMember[] = [];
  for (let one = heap.first; one !== undefined; one = heap.first) {
    heap.remove(one);
    drained.push(one);
  }
  return drained;
}
