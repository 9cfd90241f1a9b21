import { expect } from "chai";
import fc from "fast-check";
import { type Linked, List } from "#src/collections/list.js";

interface Member extends Linked<Member> {
  readonly name: number;
}

describe("List", () => {
  it("holds its members in the order they came, whoever leaves", () => {
    const step = fc.oneof(fc.constant("add" as const), fc.nat({ max: 50 }));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
        const list = new List<Member>();
        const model: Member[] = [];
        let names = 0;
        for (const what of steps) {
          if (what === "add") {
            const member: Member = { name: names++, before: null, after: null };
            list.add(member);
            model.push(member);
          } else if (model.length > 0) {
            const [member] = model.splice(what % model.length, 1) as [Member];
            list.remove(member);
            expect(member.before).to.equal(null);
            expect(member.after).to.equal(null);
          }
          expect(forwards(list)).to.deep.equal(model.map(({ name }) => name));
          expect(backwards(list)).to.deep.equal(model.map(({ name }) => name).toReversed());
        }
      }),
    );
  });

  it("takes a member that has left another list", () => {
    const member: Member = { name: 1, before: null, after: null };
    const one = new List<Member>();
    const other = new List<Member>();
    one.add(member);
    one.remove(member);
    other.add(member);
    expect(forwards(one)).to.deep.equal([]);
    expect(forwards(other)).to.deep.equal([1]);
  });
});

function forwards(list: List<Member>): number[] {
  const names: number[] = [];
  for (let member = list.first; member !== null; member = member.after) names.push(member.name);
  return names;
}

function backwards(list: List<Member>): number[] {
  const names: number[] = [];
  for (let member = list.last; member !== null; member = member.before) names.push(member.name);
  return names;
}
