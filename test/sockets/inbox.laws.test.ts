import { expect } from "chai";
import fc from "fast-check";
import { Inbox } from "#src/sockets/inbox.js";

const steps = fc.array(
  fc.oneof(
    fc.record({ push: fc.uint8Array({ maxLength: 9 }) }),
    fc.record({ move: fc.integer({ min: 0, max: 12 }) }),
    fc.record({ drop: fc.integer({ min: 0, max: 12 }) }),
  ),
);

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
            expect([...target.subarray(1, 1 + count)]).to.deep.equal(model.slice(0, count));
            model = model.slice(count);
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
