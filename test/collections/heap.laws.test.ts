import { expect } from "chai";
import fc from "fast-check";
import { Heap, type Ranked } from "#src/collections/heap.js";

const step = fc.oneof(
  fc.record({ op: fc.constant("add" as const), n: fc.nat({ max: 10 }) }),
  fc.record({ op: fc.constant("remove" as const), n: fc.nat() }),
  fc.record({ op: fc.constant("removeFirst" as const), n: fc.nat() }),
);

describe("Heap", () => {
  it("has the smallest rank first, and among equals the smallest order", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 150 }), (steps) => {
        const heap = new Heap<Ranked>();
        const model: Ranked[] = [];
        let order = 0;
        for (const { op, n } of steps) {
          if (op === "add") {
            const item: Ranked = { place: -1, rank: n, order: order++ };
            heap.add(item);
            model.push(item);
          } else if (model.length > 0) {
            const at = op === "remove" ? n % model.length : model.indexOf(smallest(model));
            const [item] = model.splice(at, 1) as [Ranked];
            heap.remove(item);
            expect(item.place).to.equal(-1);
          }
          expect(heap.length).to.equal(model.length);
          expect(heap.first).to.equal(model.length === 0 ? undefined : smallest(model));
        }
        const places = model.map(({ place }) => place).toSorted((a, b) => a - b);
        expect(places).to.deep.equal(model.map((_, i) => i));
      }),
    );
  });

  it("empties in order", () => {
    fc.assert(
      fc.property(fc.array(fc.integer()), (ranks) => {
        const heap = new Heap<Ranked>();
        ranks.forEach((rank, order) => heap.add({ place: -1, rank, order }));
        const out: number[] = [];
        for (let item = heap.first; item !== undefined; item = heap.first) {
          out.push(item.rank);
          heap.remove(item);
        }
        expect(out).to.deep.equal(ranks.toSorted((a, b) => a - b));
      }),
    );
  });
});

function smallest(items: readonly Ranked[]): Ranked {
  return items.toSorted((a, b) => a.rank - b.rank || a.order - b.order)[0] as Ranked;
}
