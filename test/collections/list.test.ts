import { expect } from "chai";
import { type Linked, List } from "#src/collections/list.js";

describe("List", () => {
  it("is empty at first", () => {
    const list = new List<Member>();
    expect([list.first, list.last]).to.deep.equal([null, null]);
  });

  it("holds its members in the order in which they came", () => {
    const list = new List<Member>();
    for (const name of ["a", "b", "c"]) list.add(member(name));
    expect(names(list)).to.equal("abc");
  });

  for (const [place, left] of [
    [0, "bc"],
    [1, "ac"],
    [2, "ab"],
  ] as const) {
    it(`lets member ${place} of three leave`, () => {
      const list = new List<Member>();
      const members = ["a", "b", "c"].map(member);
      for (const one of members) list.add(one);
      list.remove(members[place] as Member);
      expect(names(list)).to.equal(left);
    });
  }

  it("unlinks who leaves, so that it can join again or join another list", () => {
    const [list, other] = [new List<Member>(), new List<Member>()];
    const [a, b] = [member("a"), member("b")];
    list.add(a);
    list.add(b);
    list.remove(a);
    expect([a.before, a.after]).to.deep.equal([null, null]);
    list.add(a);
    expect(names(list)).to.equal("ba");
    list.remove(b);
    other.add(b);
    expect([names(list), names(other)]).to.deep.equal(["a", "b"]);
  });
});

interface Member extends Linked<Member> {
  readonly name: string;
}

function member(name: string): Member {
  return { name, before: null, after: null };
}

function names(list: List<Member>): string {
  let found = "";
  for (let one = list.first; one !== null; one = one.after) found += one.name;
  return found;
}
