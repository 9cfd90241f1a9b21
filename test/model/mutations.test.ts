// The planted faults fit the code as it stands. `node scripts/mutants.mjs` shows that the comparison with the model finds each of its
// own, and `npm run soak:mutations` that the soak on the simulated network does.
import { readFileSync } from "node:fs";
import { expect } from "chai";

interface Mutation {
  readonly name: string;
  readonly file: string;
  readonly find: string;
}

const root = new URL("../../../", import.meta.url);

for (const list of ["test/model/mutations.json", "test/soak/network/mutations.json"]) {
  describe(`a planted fault of ${list}`, () => {
    for (const { name, file, find } of JSON.parse(
      readFileSync(new URL(list, root), "utf8"),
    ) as Mutation[]) {
      it(`fits one place of dist/${file}: ${name}`, () => {
        const code = readFileSync(new URL(`dist/${file}`, root), "utf8");
        expect(code.split(find)).to.have.lengthOf(2);
      });
    }
  });
}
