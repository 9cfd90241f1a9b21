// How a release's result file is put together, and how a page gets its tables from there.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { handwritten, renew } from "../../bench/papers.js";
import type { Quantity } from "../../bench/contestant.js";
import type { Outcome, Score } from "../../bench/race.js";
import { makeReport, type Report } from "../../bench/report.js";
import { mergeParts, readResults } from "../../bench/results.js";

const page = (table: string, text: string): string =>
  `before\n<!-- bench:${table} -->\n${text}<!-- /bench -->\nbehind\n`;

describe("a page with marks", () => {
  it("gets the table of that name between them, and keeps the rest", () => {
    const results = { peers: report(outcome("chan", { ours: 100, go: 50 })) };
    const text = renew(page("behind", "old\n"), results);
    expect(text).to.match(
      /^before\n<!-- bench:behind -->\n\n\| program .*\n\n<!-- \/bench -->\nbehind\n$/s,
    );
    expect(text)
      .to.match(/\| chan +\| .* 2× \|/)
      .and.not.to.include("old");
    expect(renew(text, results)).to.equal(text);
    expect(handwritten(text)).to.equal("before\n\nbehind\n");
  });

  it("can't ask for a table that there is not, or for a part that was not measured", () => {
    expect(() => renew(page("nothing", ""), {})).to.throw("there is no table nothing");
    expect(() => renew(page("load", ""), {})).to.throw("npm run bench:release -- --part load");
  });

  it("shows an error in a long turn as a multiple of one in a short turn", () => {
    const peers = report(
      outcome("shortTurn", { ours: 100, floor: 50 }),
      outcome("longTurn", { ours: 240, floor: 60 }),
    );
    expect(renew(page("floor", ""), { peers })).to.match(
      /\| longTurn by shortTurn \| +2.4× \| +\| +1.2× \|/,
    );
  });
});

describe("a release's results", () => {
  let folder = "";
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "bench-test-"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it("are put together part by part, and a part is replaced", () => {
    const file = join(folder, "1.json");
    mergeParts(file, { peers: report(outcome("chan", { ours: 1 })) });
    mergeParts(file, { growth: report() });
    mergeParts(file, { peers: report(outcome("go", { ours: 2.123456 })) });
    const { peers, growth } = readResults(file);
    expect(growth?.outcomes).to.deep.equal([]);
    expect(peers?.outcomes.map(({ program }) => program)).to.deep.equal(["go"]);
    expect(readFileSync(file, "utf8")).to.include('"rounds": [ 2.123, 2.123 ]');
  });

  it("are of one machine, one Node and one size", () => {
    const file = join(folder, "1.json");
    mergeParts(file, { peers: report() });
    expect(() => mergeParts(file, { growth: { ...report(), node: "v1.0.0" } })).to.throw("v1.0.0");
    expect(readResults(file)).to.have.all.keys("peers");
  });

  it("keep what they have of a part that can't be measured", () => {
    const file = join(folder, "1.json");
    mergeParts(file, { load: { ...report(), warmUp: 1, measured: 1, outcomes: [] } });
    const before = readFileSync(file, "utf8");
    const main = fileURLToPath(new URL("../../bench/release.js", import.meta.url));
    const { status, stderr } = spawnSync(
      process.execPath,
      [main, "--part", "load", "--file", file],
      { env: { PATH: "" }, encoding: "utf8" }, // without a compiler there is no load
    );
    expect(stderr).to.include("npm run bench:release -- --part load");
    expect(status).to.equal(1);
    expect(readFileSync(file, "utf8")).to.equal(before);
  });

  it("have to be there", () => {
    expect(() => readResults(join(folder, "2.json"))).to.throw("npm run bench:release");
  });
});

function report(...outcomes: Outcome[]): Report {
  return makeReport("quick", [], outcomes);
}

function outcome(program: string, amounts: Readonly<Record<string, number>>): Outcome {
  const quantity: Quantity = "time";
  const [first = 1] = Object.values(amounts);
  const scores = Object.entries(amounts).map(
    ([peer, amount]): Score => ({
      peer,
      median: amount,
      processor: amount,
      quartiles: [amount, amount],
      ratio: amount / first,
      rounds: [amount, amount],
      processors: [amount, amount],
    }),
  );
  return { program, quantity, n: 1, scores };
}
