import { expect } from "chai";
import fc from "fast-check";
import { Inbox } from "#src/sockets/inbox.js";

/** Of few kinds, so that what is looked for is often found, and often almost. */
const fewBytes = fc.integer({ min: 97, max: 98 });

const steps = fc.array(
  fc.oneof(
    fc.record({
      lend: fc.oneof(fc.uint8Array({ maxLength: 9 }), around(4096), around(1500)),
      moveAtOnce: fc.oneof(fc.nat({ max: 12 }), fc.nat({ max: 6000 })),
      takeAtOnce: fc.nat({ max: 6000 }),
    }),
    fc.record({ move: fc.oneof(fc.nat({ max: 12 }), fc.nat({ max: 6000 })) }),
    fc.record({
      take: fc.oneof(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 6000 })),
    }),
    fc.record({ putBack: fc.integer({ min: 1, max: 6000 }) }),
    fc.record({ unread: fc.oneof(fc.uint8Array({ maxLength: 9 }), around(1500)) }),
    fc.record({ give: fc.oneof(fc.uint8Array({ maxLength: 9 }), around(4096)) }),
    fc.record({ add: fc.array(fewBytes, { maxLength: 40 }).map((bytes) => Buffer.from(bytes)) }),
    fc.record({
      wanted: fc.array(fewBytes, { minLength: 1, maxLength: 5 }).map((bytes) => Buffer.from(bytes)),
      from: fc.nat({ max: 80 }),
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
        /** What was taken is the taker's, who may transfer it: nothing that comes later changes it. */
        const taken: { bytes: Buffer; copy: Buffer }[] = [];
        for (const step of program) {
          if ("lend" in step) {
            const buffer = Buffer.concat([step.lend, Buffer.from("not part of it")]);
            inbox.lend(buffer, step.lend.length);
            model.push(...step.lend);
            move(step.moveAtOnce);
            if (step.takeAtOnce > 0) take(step.takeAtOnce);
            compareLooks();
            inbox.keep();
            buffer.fill("overwritten");
          } else if ("move" in step) move(step.move);
          else if ("take" in step) take(step.take);
          else if ("give" in step) {
            inbox.give(Buffer.from(step.give.slice().buffer));
            model.push(...step.give);
          } else if ("putBack" in step) {
            const bytes = inbox.take(step.putBack);
            if (bytes !== undefined) inbox.putBack(bytes);
          } else if ("unread" in step) {
            inbox.putBack(step.unread);
            model = [...step.unread, ...model];
          } else if ("add" in step) {
            inbox.add(step.add);
            model.push(...step.add);
          } else if ("wanted" in step) {
            const { from, wanted } = step;
            const found = from > model.length ? -1 : Buffer.from(model).indexOf(wanted, from);
            expect(inbox.indexOf(wanted, from)).to.equal(found);
          } else {
            expect(inbox.drop(step.drop)).to.equal(Math.min(step.drop, model.length));
            model = model.slice(step.drop);
          }
          compareLooks();
          for (const { bytes, copy } of taken) expect(bytes.equals(copy)).to.equal(true);

          function compareLooks(): void {
            expect(inbox.length).to.equal(model.length);
            for (const i of [0, 1, model.length >> 1, model.length - 1, model.length]) {
              if (i >= 0) expect(inbox.byteAt(i)).to.equal(model[i] ?? -1);
            }
            const first = inbox.first();
            expect(first === undefined).to.equal(model.length === 0);
            if (first === undefined) return;
            expect(first.length).to.be.within(1, model.length);
            expect(first.equals(Buffer.from(model.slice(0, first.length)))).to.equal(true);
          }
          function move(wanted: number): void {
            const target = Buffer.alloc(wanted + 1);
            const count = inbox.moveTo(target, 1);
            expect(count).to.equal(Math.min(wanted, model.length));
            const expected = Buffer.from(model.slice(0, count));
            expect(target.subarray(1, 1 + count).equals(expected)).to.equal(true);
            model = model.slice(count);
          }
          function take(most: number): void {
            const bytes = inbox.take(most);
            expect(bytes === undefined).to.equal(model.length === 0);
            if (bytes === undefined) return;
            expect(bytes.length).to.be.within(1, most);
            const copy = Buffer.from(model.slice(0, bytes.length));
            const memory = bytes.buffer as ArrayBuffer;
            const moved = structuredClone(memory, { transfer: [memory] });
            taken.push({ bytes: Buffer.from(moved), copy });
            model = model.slice(copy.length);
          }
        }
      }),
    );
  });
});
