import { expect } from "chai";
import fc from "fast-check";
import { Ring } from "#src/collections/ring.js";

const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ op: fc.constant("push" as const), n: fc.nat({ max: 20 }) }) },
  {
    weight: 4,
    arbitrary: fc.record({ op: fc.constant("shift" as const), n: fc.nat({ max: 20 }) }),
  },
  { weight: 1, arbitrary: fc.record({ op: fc.constant("dropLast" as const), n: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant("keep" as const), n: fc.nat({ max: 5 }) }) },
);

describe("Ring", () => {
  it("does what an array does", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
        const ring = new Ring<number>();
        const model: number[] = [];
        let next = 1;
        for (const { op, n } of steps) {
          if (op === "push") {
            for (let i = 0; i < n; i++) {
              ring.push(next);
              model.push(next++);
            }
          } else if (op === "shift") {
            for (let i = 0; i < n; i++) expect(ring.shift()).to.equal(model.shift());
          } else if (op === "dropLast") {
            const item = n % 2 === 0 ? (model.at(-1) ?? 0) : n;
            const isLast = model.length > 0 && model.at(-1) === item;
            if (isLast) model.pop();
            expect(ring.dropLast(item)).to.equal(isLast);
          } else {
            const fits = (item: number): boolean => item % (n + 2) !== 0;
            ring.keep(fits);
            model.splice(0, model.length, ...model.filter(fits));
          }
          expect(ring.length).to.equal(model.length);
        }
        for (const item of model) expect(ring.shift()).to.equal(item);
        expect(ring.shift()).to.equal(undefined);
        expect(ring.length).to.equal(0);
      }),
    );
  });

  it("grows around its end without losing the order", () => {
    const ring = new Ring<number>();
    for (let i = 0; i < 16; i++) ring.push(i);
    for (let i = 0; i < 10; i++) ring.shift();
    for (let i = 16; i < 100; i++) ring.push(i);
    for (let i = 10; i < 100; i++) expect(ring.shift()).to.equal(i);
  });

  it("drops nothing when it is empty", () => {
    const ring = new Ring<number | undefined>();
    expect(ring.dropLast(undefined)).to.equal(false);
    expect(ring.length).to.equal(0);
  });
});
