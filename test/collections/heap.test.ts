import { expect } from "chai";
import { Heap, type HeapMember } from "#src/collections/heap.js";

interface Member extends HeapMember {
  readonly name: number;
}

describe("Heap", () => {
  it("is empty at first", () => {
    const heap = new Heap<Member>();
    expect([heap.length, heap.first, heap.firstKey]).to.deep.equal([0, undefined, undefined]);
  });

  it("has the member of the smallest key first", () => {
    const heap = heapOf([5, 3, 8, 1, 9, 2]);
    expect(drain(heap)).to.deep.equal([3, 5, 1, 0, 2, 4]);
  });

  it("has the one that came first first among equal keys", () => {
    const heap = heapOf([7, 7, 7, 7, 7]);
    expect(drain(heap)).to.deep.equal([0, 1, 2, 3, 4]);
  });

  it("tells the key of a member, and the smallest of all", () => {
    const heap = new Heap<Member>();
    const members = [4, 2.5, Infinity].map((key, name) => add(heap, key, name));
    expect(members.map((one) => heap.keyOf(one))).to.deep.equal([4, 2.5, Infinity]);
    expect(heap.firstKey).to.equal(2.5);
  });

  it("lets any member leave, and takes its heapIndex away", () => {
    const heap = new Heap<Member>();
    const members = [4, 2, 6, 1, 3].map((key, name) => add(heap, key, name));
    const gone = members[1] as Member;
    heap.remove(gone);
    expect(gone.heapIndex).to.equal(-1);
    expect(drain(heap)).to.deep.equal([3, 4, 0, 2]);
  });

  it("lets its only member leave, and take part again", () => {
    const heap = new Heap<Member>();
    const only = add(heap, 1, 0);
    heap.remove(only);
    expect([heap.length, heap.first]).to.deep.equal([0, undefined]);
    heap.add(only, 2);
    expect([heap.first, heap.firstKey]).to.deep.equal([only, 2]);
  });
});

function add(heap: Heap<Member>, key: number, name: number): Member {
  const member: Member = { heapIndex: -1, name };
  heap.add(member, key);
  return member;
}

function heapOf(keys: number[]): Heap<Member> {
  const heap = new Heap<Member>();
  for (const [name, key] of keys.entries()) add(heap, key, name);
  return heap;
}

function drain(heap: Heap<Member>): number[] {
  const drained: number[] = [];
  for (let one = heap.first; one !== undefined; one = heap.first) {
    heap.remove(one);
    drained.push(one.name);
  }
  return drained;
}
