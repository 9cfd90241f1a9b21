// docs/api.md names everything that the package exports, and its links lead to the files that have it.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { doors } from "../support/doors.js";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const page = read("docs/api.md");

describe("docs/api.md", () => {
  for (const door of doors) {
    it(`names every export of src/${door}.ts`, () => {
      const names = exportsOf(door);
      expect(names.length === 0, "to import it is all").to.equal(door === "inspect");
      expect(
        names.filter((name) => !new RegExp(`\`[^\`\n]*\\b${name}\\b`).test(page)),
      ).to.deep.equal([]);
    });
  }

  it("links each signature to the file that exports the function", () => {
    const rows = [...page.matchAll(/^\| (.*?)\]\(\.\.\/(src\/[^)]*)\) \|/gm)];
    expect(rows.length).to.be.greaterThan(40);
    for (const [, signatures = "", file = ""] of rows) {
      const source = read(file);
      for (const [, name = ""] of signatures.matchAll(/`(?:yield\* |class )?(\w+)/g)) {
        expect(source, `${name} in ${file}`).to.match(
          new RegExp(`^export (async )?(function|class|const) ${name}\\b`, "m"),
        );
      }
    }
  });
});

/** By the report that API Extractor makes of a door. */
function exportsOf(door: string): string[] {
  const report = read(`etc/${door}.api.md`);
  const declared =
    /^export (?:declare )?(?:abstract )?(?:function|const|class|interface|type) (\w+)/gm;
  const renamed = /^export \{ (?:\w+ as )?(\w+) \}/gm;
  const names = [declared, renamed].flatMap((pattern) => [...report.matchAll(pattern)]);
  return [...new Set(names.map(([, name = ""]) => name))];
}

function read(path: string): string {
  return readFileSync(join(root, path), "utf8");
}
