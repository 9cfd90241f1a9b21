// The planted faults fit the code as it stands: `node scripts/mutants.mjs` shows that the comparison finds each.
import { readFileSync } from "node:fs";
import { expect } from "chai";

interface Mutation {
  readonly name: string;
  readonly file: string;
  readonly find: string;
}

const root = new URL("../../../", import.meta.url);

describe("a planted fault", () => {
  const list = readFileSync(new URL("test/model/mutations.json", root), "utf8");

  for (const { name, file, find } of JSON.parse(list) as Mutation[]) {
    it(`fits one place of dist/${file}: ${name}`, () => {
      const code = readFileSync(new URL(`dist/${file}`, root), "utf8");
      expect(code.split(find)).to.have.lengthOf(2);
    });
  }
});
