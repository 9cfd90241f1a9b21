import { expect } from "chai";
import fc from "fast-check";
import { Inbox } from "#src/sockets/inbox.js";

const steps = fc.array(
  fc.oneof(
    fc.record({ push: fc.oneof(fc.uint8Array({ maxLength: 9 }), around(4096), around(1500)) }),
    fc.record({ move: fc.oneof(fc.nat({ max: 12 }), fc.nat({ max: 6000 })) }),
    fc.record({
      take: fc.oneof(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 6000 })),
    }),
    fc.record({ drop: fc.oneof(fc.nat({ max: 12 }), fc.nat({ max: 6000 })) }),
  ),
);

/** Bytes about as many as that: chunks of a few KiB and more are kept apart, small ones together. */
function around(size: number): fc.Arbitrary<Uint8Array> {
  return fc
    .tuple(fc.integer({ min: size - 3, max: size + 3 }), fc.nat({ max: 255 }))
    .map(([length, first]) => Uint8Array.from({ length }, (_, i) => first + i));
}

describe("Inbox", () => {
  it("gives the bytes in the order in which they came, each once", () => {
    fc.assert(
      fc.property(steps, (program) => {
        const inbox = new Inbox();
        let model: number[] = [];
        for (const step of program) {
          if ("push" in step) {
            inbox.push(Buffer.from(step.push));
            model.push(...step.push);
          } else if ("move" in step) {
            const target = Buffer.alloc(step.move + 1);
            const count = inbox.moveTo(target, 1);
            expect(count).to.equal(Math.min(step.move, model.length));
            const expected = Buffer.from(model.slice(0, count));
            expect(target.subarray(1, 1 + count).equals(expected)).to.equal(true);
            model = model.slice(count);
          } else if ("take" in step) {
            const bytes = inbox.take(step.take);
            expect(bytes === undefined).to.equal(model.length === 0);
            const taken = [...(bytes ?? [])];
            expect(taken.length).to.be.at.most(step.take);
            expect(taken).to.deep.equal(model.slice(0, taken.length));
            if (bytes !== undefined) expect(taken.length).to.be.greaterThan(0);
            model = model.slice(taken.length);
          } else {
            expect(inbox.drop(step.drop)).to.equal(Math.min(step.drop, model.length));
            model = model.slice(step.drop);
          }
          expect(inbox.length).to.equal(model.length);
        }
      }),
    );
  });
});
