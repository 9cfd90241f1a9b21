// The pages show measured numbers only where the stored result of this version has them from.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { drawCharts } from "../../bench/charts.js";
import { handwritten, papers, renew } from "../../bench/papers.js";
import { mainOf, readRuns } from "../../bench/results.js";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const again = "run npm run bench:papers";
const pages = [
  "README.md",
  "ARCHITECTURE.md",
  ...readdirSync(join(root, "docs"), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".md"))
    .map((file) => join("docs", file)),
];

describe("measured numbers", () => {
  for (const paper of papers) {
    it(`in ${paper} are those of this version's result`, () => {
      const page = read(paper);
      expect(page).to.match(/<!-- bench:\w+ -->/);
      expect(renew(page, readRuns()), again).to.equal(page);
    });
  }

  it("in docs/charts are those of this version's result", async function () {
    this.timeout(20_000);
    const drawn = await drawCharts(mainOf(readRuns()));
    expect(readdirSync(join(root, "docs/charts"))).to.have.members([...drawn.keys()]);
    for (const [name, text] of drawn) {
      expect(read(`docs/charts/${name}`) === text, `${name}: ${again}`).to.equal(true);
    }
  });

  for (const page of pages) {
    it(`are not written into ${page} by hand`, () => {
      expect(amountsIn(read(page))).to.deep.equal([]);
    });
  }

  it("are found in prose and in tables, and nowhere in code", () => {
    const page =
      "A switch takes 33 ns.\n\n| go | 1.7× | 24 kB |\n\n`msleep(5 µs)`\n\n```ts\n// 9 ns\n```\n";
    expect(amountsIn(page)).to.deep.equal(["33 ns", "1.7×", "24 kB"]);
    expect(amountsIn("Go takes 1.3 times as long, and 5 % go.")).to.deep.equal([
      "1.3 times",
      "5 %",
    ]);
  });
});

/** What looks measured. Milliseconds don't: deadlines and pauses are counted in them. */
function amountsIn(page: string): string[] {
  const prose = handwritten(page)
    .replaceAll(/<!-- sizes -->.*?<!-- \/sizes -->/gs, "") // which a check compares with the package
    .replaceAll(/^( *)```.*?^\1```/gms, "")
    .replaceAll(/`[^`\n]*`/g, "");
  return prose.match(/\d[\d.,]*\s?(?:(?:ns|µs|kB|MB|B|times)\b|[×%])/g) ?? [];
}

function read(path: string): string {
  return readFileSync(join(root, path), "utf8");
}
