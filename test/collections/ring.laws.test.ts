import { expect } from "chai";
import fc from "fast-check";
import { Ring } from "#src/collections/ring.js";

const step = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.record({ op: fc.constant("push" as const), n: fc.nat({ max: 20 }) }),
  },
  {
    weight: 8,
    arbitrary: fc.record({ op: fc.constant("shift" as const), n: fc.nat({ max: 20 }) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ op: fc.constant("dropLast" as const), n: fc.nat({ max: 3 }) }),
  },
  { weight: 1, arbitrary: fc.record({ op: fc.constant("keep" as const), n: fc.nat({ max: 3 }) }) },
);

describe("a Ring, whatever is done with it", () => {
  it("gives what an array gives", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (program) => {
        const ring = new Ring<number>();
        let model: number[] = [];
        let next = 0;
        for (const { op, n } of program) {
          switch (op) {
            case "push":
              for (let i = 0; i < n; i++) {
                ring.push(next);
                model.push(next++);
              }
              break;
            case "shift":
              for (let i = 0; i < n; i++) expect(ring.shift()).to.equal(model.shift());
              break;
            case "dropLast": {
              const item = model[model.length - 1 - n] ?? -1;
              const isLast = n === 0 && model.length > 0;
              expect(ring.dropLast(item)).to.equal(isLast);
              if (isLast) model.pop();
              break;
            }
            case "keep":
              ring.keep((item) => item % 4 !== n);
              model = model.filter((item) => item % 4 !== n);
          }
          expect(ring.length).to.equal(model.length);
        }
        for (const item of model) expect(ring.shift()).to.equal(item);
        expect(ring.shift()).to.equal(undefined);
      }),
      { numRuns: 300 },
    );
  });
});
