// docs/guide/errors.md lists every code that the library throws.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const page = readFileSync(join(root, "docs/guide/errors.md"), "utf8");
const source = readFileSync(join(root, "src/errors/errno.ts"), "utf8");

describe("the guide's list of all codes", () => {
  it("has those of src/errors/errno.ts, and no others", () => {
    const [, list = ""] = page.split("## All codes");
    const listed = [...list.matchAll(/^\| `(E\w+)` \|/gm)].map(([, code]) => code);
    const known = [...source.matchAll(/^ {2}(E[A-Z0-9]+): "/gm)].map(([, code]) => code);
    expect(known).to.include.members(["EPIPE", "EOPNOTSUPP"]);
    expect(listed).to.deep.equal(known);
  });
});
