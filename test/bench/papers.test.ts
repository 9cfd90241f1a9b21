// How a release's result file is put together, and how a page gets its tables from there.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { drawCharts } from "../../bench/charts.js";
import { handwritten, renew } from "../../bench/papers.js";
import type { Quantity } from "../../bench/contestant.js";
import type { Outcome, Score } from "../../bench/race.js";
import type { LoadReport } from "../../bench/load/report.js";
import { makeReport, type Report } from "../../bench/report.js";
import { scenarios } from "../../bench/load/scenarios.js";
import { mergeParts, prepare, readRuns } from "../../bench/results.js";
import { tables } from "../../bench/tables.js";

const major = String(Number.parseInt(process.versions.node, 10));
const page = (table: string, text: string): string =>
  `before\n<!-- bench:${table} -->\n${text}<!-- /bench -->\nbehind\n`;

describe("a page with marks", () => {
  it("gets the table of that name between them, and keeps the rest", () => {
    const runs = { 20: { peers: report(outcome("chan", { ours: 100, go: 50 })) } };
    const text = renew(page("behind", "old\n"), runs);
    expect(text).to.match(
      /^before\n<!-- bench:behind -->\n\n\| program .*\n\n<!-- \/bench -->\nbehind\n$/s,
    );
    expect(text)
      .to.match(/\| chan +\| .* 2× \|/)
      .and.not.to.include("old");
    expect(renew(text, runs)).to.equal(text);
    expect(handwritten(text)).to.equal("before\n\nbehind\n");
  });

  it("can't ask for a table that there is not, or for a part that was not measured", () => {
    expect(() => renew(page("nothing", ""), {})).to.throw("there is no table nothing");
    expect(() => renew(page("load", ""), {})).to.throw("npm run bench:release -- --part load");
  });

  it("leaves out what a run does not have, and so do the charts", async () => {
    const empty = { ...report(), warmUp: 1, measured: 1, outcomes: [] };
    const run = {
      peers: empty,
      growth: empty,
      company: empty,
      flags: empty,
      load: empty,
      wsLoad: empty,
      tls: empty,
      simulate: empty,
    };
    for (const name of Object.keys(tables)) {
      const text = renew(page(name, ""), { 20: run });
      expect(text, name).to.include(name === "machine" ? "The run is of" : "| ");
      expect(text, name).to.not.match(/undefined|NaN|longTurn/);
    }
    for (const text of (await drawCharts(run)).values()) expect(text).to.include("</svg>");
  });

  it("tells of virtual time with schedules per second", () => {
    const simulate = report(outcome("scheduleOfPool", { ours: 50_000 }));
    const text = renew(page("simulate", ""), { 20: { peers: report(), simulate } });
    expect(text).to.match(/a pool with three clients +\| schedule +\| +20,000/);
  });

  it("names the machine and the day of what was measured elsewhere", () => {
    const tls = report(outcome("tls", { ours: 2, node: 1 }));
    const here = renew(page("tls", ""), { 20: { peers: report(), tls } });
    expect(here).not.to.include("another machine");
    const elsewhere = { ...tls, platform: "abacus 1", date: "2001-02-03T04:05:06.789Z" };
    const there = renew(page("tls", ""), { 20: { peers: report(), tls: elsewhere } });
    expect(there).to.include("Measured on 2001-02-03, on another machine: abacus 1, ");
  });

  it("shows the oldest version of Node, and a few ratios of all versions", () => {
    const runs = {
      24: { peers: { ...report(outcome("chan", { ours: 90, floor: 30 })), node: "v24.1.0" } },
      20: { peers: { ...report(outcome("go", { ours: 80, floor: 20 })), node: "v20.2.0" } },
      22: {},
    };
    expect(renew(page("machine", ""), runs)).to.include("on Node 20.2.0");
    const text = renew(page("nodes", ""), runs);
    expect(text)
      .to.match(/\| program +\| ours by \| Node 20.2.0 \| Node 24.1.0 \|/)
      .and.to.match(/\| go +\| floor +\| +4× \| +\|/)
      .and.to.match(/\| chan +\| floor +\| +\| +3× \|/)
      .and.not.to.include("roundtrip");
  });

  it("shows what a server of ours takes for a request on each version", () => {
    const load = loadReport({ ours: 3, callbacks: 2 });
    const text = renew(page("nodes", ""), { 20: { load } });
    expect(text)
      .to.match(/\| echo100, CPU\/request +\| callbacks +\| +1.5× \|/)
      .and.not.to.match(/echo100, CPU\/request +\| floor/);
  });

  it("shows an error in a long turn as a multiple of one in a short turn", () => {
    const peers = report(
      outcome("shortTurn", { ours: 100, floor: 50 }),
      outcome("longTurn", { ours: 240, floor: 60 }),
    );
    expect(renew(page("floor", ""), { 20: { peers } })).to.match(
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
    const { [major]: run } = readRuns(file);
    const { peers, growth } = run!;
    expect(growth?.outcomes).to.deep.equal([]);
    expect(peers?.outcomes.map(({ program }) => program)).to.deep.equal(["go"]);
    expect(readFileSync(file, "utf8")).to.include('"rounds": [ 2.123, 2.123 ]');
  });

  it("are for each version of Node of one size", () => {
    const file = join(folder, "1.json");
    mergeParts(file, { peers: report() });
    expect(() => mergeParts(file, { growth: { ...report(), size: "full" } })).to.throw("full");
    mergeParts(file, { growth: { ...report(), processor: "1 × abacus" } });
    expect(readRuns(file)[major]).to.have.all.keys("peers", "growth");
  });

  it("stand side by side for the versions of Node, and a whole run replaces its own", () => {
    const file = join(folder, "1.json");
    const old = { ...report(), node: "v1.0.0", size: "full" };
    mergeParts(file, { peers: report(), growth: report() });
    mergeParts(file, { peers: old });
    expect(readRuns(file)).to.have.all.keys("1", major);
    prepare(file, report(), false);
    expect(readRuns(file)[major]).to.have.all.keys("peers", "growth");
    prepare(file, report(), true);
    expect(readRuns(file)).to.have.all.keys("1");
    prepare(file, old, true);
    expect(existsSync(file)).to.equal(false);
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
    expect(() => readRuns(join(folder, "2.json"))).to.throw("npm run bench:release");
  });
});

/** Processor times in nanoseconds, by server. */
function loadReport(costs: Readonly<Record<string, number>>): LoadReport {
  const run = { from: 0, to: 1, p50: 1, p99: 1, p999: 1, memory: 1, late: 0 };
  const scores = Object.entries(costs).map(([server, processor]) => ({
    server,
    runs: [{ ...run, requests: 1, processor }],
  }));
  const scenario = scenarios.find(({ name }) => name === "echo100")!;
  return { ...report(), warmUp: 1, measured: 1, outcomes: [{ scenario, scores }] };
}

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
