import { expect } from "chai";
import fc from "fast-check";
import { type Linked, List } from "#src/collections/list.js";

interface Member extends Linked<Member> {
  readonly id: number;
}

const steps = fc.array(
  fc.oneof(
    fc.constant("add" as const),
    fc.record({ what: fc.constantFrom("insert" as const, "remove" as const), at: fc.nat() }),
  ),
  { maxLength: 100 },
);

describe("a List, whatever is done with it", () => {
  it("holds what an array holds, read forwards and backwards", () => {
    fc.assert(
      fc.property(steps, (program) => {
        const list = new List<Member>();
        const model: Member[] = [];
        for (const [id, step] of program.entries()) {
          if (step === "add") {
            const member: Member = { id, before: null, after: null };
            list.add(member);
            model.push(member);
          } else if (model.length === 0) continue;
          else if (step.what === "insert") {
            const member: Member = { id, before: null, after: null };
            const at = step.at % model.length;
            list.insert(member, model[at] as Member);
            model.splice(at, 0, member);
          } else {
            const [gone] = model.splice(step.at % model.length, 1) as [Member];
            list.remove(gone);
            expect([gone.before, gone.after]).to.deep.equal([null, null]);
          }
          expect(forwards(list)).to.deep.equal(model.map((member) => member.id));
          expect(backwards(list)).to.deep.equal(model.map((member) => member.id).toReversed());
        }
      }),
    );
  });
});

function forwards(list: List<Member>): number[] {
  const ids: number[] = [];
  for (let member = list.first; member !== null; member = member.after) ids.push(member.id);
  return ids;
}

function backwards(list: List<Member>): number[] {
  const ids: number[] = [];
  for (let member = list.last; member !== null; member = list.previous(member)) ids.push(member.id);
  return ids;
}
