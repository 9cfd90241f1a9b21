import { expect } from "chai";
import fc from "fast-check";
import { Heap, type Ranked } from "#src/collections/heap.js";

const step = fc.oneof(
  fc.record({ op: fc.constant("add" as const), n: fc.nat({ max: 10 }) }),
  fc.record({ op: fc.constant("remove" as const), n: fc.nat() }),
  fc.record({ op: fc.constant("take" as const), n: fc.constant(0) }),
);

describe("a Heap, whatever is done with it", () => {
  it("has first what a sorted array has first", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), (program) => {
        const heap = new Heap<Ranked>();
        const model: Ranked[] = [];
        for (const [order, { op, n }] of program.entries()) {
          if (op === "add") {
            const member: Ranked = { place: -1, rank: n, order };
            heap.add(member);
            model.push(member);
            model.sort((a, b) => a.rank - b.rank || a.order - b.order);
          } else if (model.length > 0) {
            const [gone] = model.splice(op === "take" ? 0 : n % model.length, 1) as [Ranked];
            heap.remove(gone);
            expect(gone.place).to.equal(-1);
          }
          expect(heap.first).to.equal(model[0]);
          expect(heap.length).to.equal(model.length);
          const places = model.map(({ place }) => place).toSorted((a, b) => a - b);
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
