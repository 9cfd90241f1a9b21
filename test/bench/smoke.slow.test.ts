// The benchmarks come to the right results. How fast they are is not looked at: n is tiny.
import { expect } from "chai";
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { measure } from "../../bench/contestant.js";
import { hasFloor, ratiosFor, readStored, storedFile } from "../../bench/floor.js";
import { readReleases, type Release, renderHistory } from "../../bench/history.js";
import { compare, renderComparisons, stage } from "../../bench/pair.js";
import { companies } from "../../bench/peers/ours/company.js";
import { contestantsOf, findPeers, peerNames, withCompany } from "../../bench/peers.js";
import { stopServers } from "../../bench/peers/serverProcess.js";
import { growingPrograms, programNamed, programs } from "../../bench/programs.js";
import { checkResult, race } from "../../bench/race.js";
import { makeReport, renderTable } from "../../bench/report.js";
import { buildRevision } from "../../bench/revision.js";

// A peer that is not installed is left out.
const peers = await findPeers(peerNames, () => {});

describe("benchmarks", () => {
  it("have a contestant of ours in every program", () => {
    const ours = peers.find(({ name }) => name === "ours");
    const all = [...programs, ...growingPrograms];
    expect([...(ours?.programs ?? [])]).to.have.members(all.map(({ name }) => name));
  });
});

for (const peer of peers) {
  describe(`benchmarks of ${peer.name}`, function () {
    this.timeout(20_000);

    after(stopServers);

    const all = [...programs, ...growingPrograms];
    for (const program of all.filter(({ name }) => peer.programs.has(name))) {
      it(`${program.name} comes to the right result`, async () => {
        const n = program.n.smoke;
        if (peer.name === "go") {
          const contender = peer.start(program);
          try {
            checkResult(program, peer.name, n, (await contender.round(n)).result);
          } finally {
            await contender.close();
          }
          return;
        }
        const contestant = (await contestantsOf(peer.name, program.suite))[program.name]!;
        const { result } = await measure(contestant, n, program.quantity);
        await stopServers();
        checkResult(program, peer.name, n, result);
      });
    }
  });
}

describe("race", function () {
  this.timeout(20_000);

  const program = { ...programNamed("go"), n: { full: 10, quick: 10, smoke: 10 } };
  const names = ["ours", "ours alone", "floor"];
  const some = peers.filter(({ name }) => names.includes(name));

  it("scores each peer, relative to the first", async () => {
    const { scores } = await race(program, some, "quick");
    expect(scores.map(({ peer }) => peer)).to.deep.equal(names);
    for (const { median, processor, ratio } of scores) {
      expect(median).to.be.greaterThan(0);
      expect(processor).to.be.greaterThan(0);
      expect(ratio).to.be.greaterThan(0);
    }
    expect(scores[0]?.ratio).to.equal(1);
  });

  it("fails when a peer gives a wrong answer", async () => {
    const impossible = { ...program, expected: (n: number) => n + 1 };
    const failure: unknown = await race(impossible, some, "quick").catch((e: unknown) => e);
    expect(failure).to.have.property("message", "go: ours came to 10 instead of 11");
  });
});

describe("a program beside things that do nothing", function () {
  this.timeout(20_000);

  const ours = peers.find(({ name }) => name === "ours")!;
  const program = programNamed("chan");
  for (const kind of companies) {
    it(`comes to the right result: ${kind}`, async () => {
      const contender = withCompany(ours, kind, 1000).start(program);
      try {
        checkResult(program, kind, 100, (await contender.round(100)).result);
      } finally {
        await contender.close();
      }
    });
  }
});

describe("the floor", function () {
  this.timeout(30_000);

  let scratch = "";
  beforeEach(() => {
    scratch = mkdtempSync(join(tmpdir(), "bench-test-"));
  });
  afterEach(() => rmSync(scratch, { recursive: true, force: true }));

  const check = (...args: string[]): number | null => {
    const main = fileURLToPath(new URL("../../bench/main.js", import.meta.url));
    return spawnSync(process.execPath, [main, "--only", "ctxswitch", ...args]).status;
  };

  it("fails a check when ours takes more than twice what is stored", () => {
    const file = join(scratch, "floor.json");
    writeFileSync(file, JSON.stringify({ 20: { ctxswitch: 0.01 } }));
    expect(check("--check", file)).to.equal(1);
    writeFileSync(file, JSON.stringify({ 20: { ctxswitch: 1000 } }));
    expect(check("--check", file)).to.equal(0);
  });

  it("has a stored ratio for each program that is checked", () => {
    const names = programs.filter(hasFloor).map(({ name }) => name);
    for (const ratios of Object.values(readStored(storedFile))) {
      expect(ratios).to.have.all.keys(names);
    }
  });

  it("is compared by what is stored for this version of Node, or for one before it", () => {
    const stored = { 20: { go: 1 }, 24: { go: 2 } };
    const majors = [18, 20, 22, 24, 26];
    expect(majors.map((major) => ratiosFor(stored, major)["go"])).to.deep.equal([1, 1, 1, 2, 2]);
  });
});

describe("another revision", function () {
  this.timeout(60_000);

  let scratch = "";
  beforeEach(() => {
    scratch = mkdtempSync(join(tmpdir(), "bench-test-"));
  });
  afterEach(() => rmSync(scratch, { recursive: true, force: true }));

  it("is compared with this one, in the programs of this one", async () => {
    const root = fileURLToPath(new URL("../../../", import.meta.url));
    const [a, b] = [stage(root, join(scratch, "a")), stage(root, join(scratch, "b"))];
    const program = programNamed("go");
    const row = await compare(program, a, b, 1);
    expect(row.ratio).to.be.greaterThan(0);
    expect(row.ownRatio).to.be.greaterThan(0);
    expect(renderComparisons([row], [program], ["main", "this"])).to.include("A: main");
  });

  it("is built as it was committed, beside what has changed since", () => {
    const repository = join(scratch, "repository");
    const git = (...args: string[]): string =>
      execFileSync("git", ["-C", repository, ...args], { encoding: "utf8" }).trim();
    execFileSync("git", ["init", "--quiet", repository]);
    const scripts = { build: "node -e \"require('fs').writeFileSync('built', 'old')\"" };
    const packageFile = join(repository, "package.json");
    writeFileSync(packageFile, JSON.stringify({ name: "a", version: "1.0.0", scripts }));
    const lock = { name: "a", version: "1.0.0", lockfileVersion: 3, packages: {} };
    writeFileSync(join(repository, "package-lock.json"), JSON.stringify(lock));
    git("add", ".");
    git("-c", "user.name=a", "-c", "user.email=a@a", "commit", "--quiet", "--message", "old");
    writeFileSync(packageFile, "{}");

    const folder = join(scratch, "built");
    buildRevision(repository, "HEAD", folder);
    expect(existsSync(join(folder, "built"))).to.equal(true);
    expect(existsSync(join(repository, "built"))).to.equal(false);
  });
});

describe("history", () => {
  const score = { median: 1, processor: 1, quartiles: [1, 1], ratio: 1, processors: [] } as const;
  const release = (version: string, ours: readonly number[]): Release => {
    const scores = [
      { ...score, peer: "ours", rounds: ours },
      { ...score, peer: "floor", rounds: [10, 20, 10] },
    ];
    const outcome = { program: "chan", quantity: "time", n: 1, scores } as const;
    return { version, report: makeReport("full", peers, [outcome]) };
  };
  const releases = [release("0.9.0", [20, 40, 50]), release("0.10.0", [15, 30, 15])];

  it("shows ours by the floor, round by round, and the machines", () => {
    const text = renderHistory(releases);
    expect(text).to.match(/chan +\| floor +\| +2\.00× +\| +1\.50×/);
    expect(text).to.include(`0.9.0: Node ${process.version}`);
  });

  it("reads the releases in their order, and draws them", () => {
    const folder = mkdtempSync(join(tmpdir(), "bench-test-"));
    try {
      for (const { version, report } of releases) {
        writeFileSync(join(folder, `${version}.json`), JSON.stringify({ 20: { peers: report } }));
      }
      const versions = readReleases(folder).map(({ version }) => version);
      expect(versions).to.deep.equal(["0.9.0", "0.10.0"]);
      const main = fileURLToPath(new URL("../../bench/compare.js", import.meta.url));
      const svg = join(folder, "history.svg");
      execFileSync(process.execPath, [main, folder, "--svg", svg]);
      expect(readFileSync(svg, "utf8")).to.include("</svg>").and.to.include("chan, by floor");
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

describe("makeReport", () => {
  it("tells the versions of all that were compared", () => {
    const report = makeReport("quick", peers, []);
    expect(Object.keys(report.peers)).to.deep.equal(peers.map(({ name }) => name));
    for (const version of Object.values(report.peers)) expect(version).to.match(/\d+\.\d+/);
  });
});

describe("renderTable", () => {
  it("shows the median, the processor's time, the spread and the ratio", () => {
    const score = { quartiles: [90, 110], rounds: [], processors: [], processor: 95 } as const;
    const scores = [
      { ...score, peer: "ours", median: 100, ratio: 1 },
      { ...score, peer: "go", median: 100, ratio: 2 },
    ];
    const table = renderTable([{ program: "go", quantity: "time", n: 1, scores }], peerNames);
    expect(table).to.include("100/95 ns ±10%").and.to.include("100/95 ns ±10% 2×");
  });
});
