import { expect } from "chai";
import fc from "fast-check";
import { Heap, type HeapMember } from "#src/collections/heap.js";

const step = fc.oneof(
  fc.record({ op: fc.constant("add" as const), n: fc.nat({ max: 10 }) }),
  fc.record({ op: fc.constant("remove" as const), n: fc.nat() }),
  fc.record({ op: fc.constant("take" as const), n: fc.constant(0) }),
);

interface Member extends HeapMember {
  readonly key: number;
  readonly seq: number;
}

describe("a Heap, whatever is done with it", () => {
  it("has first what a sorted array has first", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), (program) => {
        const heap = new Heap<Member>();
        const model: Member[] = [];
        for (const [seq, { op, n }] of program.entries()) {
          if (op === "add") {
            const member: Member = { heapIndex: -1, key: n, seq };
            heap.add(member, n);
            model.push(member);
            model.sort((a, b) => a.key - b.key || a.seq - b.seq);
          } else if (model.length > 0) {
            const [gone] = model.splice(op === "take" ? 0 : n % model.length, 1) as [Member];
            heap.remove(gone);
            expect(gone.heapIndex).to.equal(-1);
          }
          expect(heap.first).to.equal(model[0]);
          expect(heap.firstKey).to.equal(model[0]?.key);
          expect(heap.length).to.equal(model.length);
          const places = model.map(({ heapIndex }) => heapIndex).toSorted((a, b) => a - b);
          expect(places).to.deep.equal(model.map((_, i) => i));
        }
        for (const expected of model) {
          expect(heap.first).to.equal(expected);
          heap.remove(expected);
        }
        expect(heap.length).to.equal(0);
      }),
      { numRuns: 300 },
    );
  });
});
