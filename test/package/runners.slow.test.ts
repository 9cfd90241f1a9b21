// The test kit under the runners that users have: projects of tools/runners, which import the packed package.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { startProcess, stopProcesses } from "../support/process.js";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const folder = join(root, "tools/runners");
const files = ["kit", "another", "timers"] as const;

type File = (typeof files)[number] | "fails" | "left";

interface Runner {
  /** Node's arguments that run these files, all at once if the runner can. */
  readonly command: (paths: readonly string[]) => readonly string[];
  /** What it says of so many tests that have passed. */
  readonly passed: (count: number) => string;
  /** How many tests the first three files have. */
  readonly count: number;
  readonly env?: NodeJS.ProcessEnv;
}

const runners: Readonly<Record<string, Runner>> = {
  mocha: {
    command: (paths) => ["node_modules/mocha/bin/mocha.js", "--no-config", "--parallel", ...paths],
    passed: (count) => `${count} passing`,
    count: 6,
  },
  vitest: {
    command: (paths) => ["node_modules/vitest/vitest.mjs", "run", ...paths],
    passed: (count) => `${count} passed (${count})`,
    count: 8,
  },
  node: {
    command: (paths) => ["--test", "--test-concurrency=3", "--test-reporter=tap", ...paths],
    passed: (count) => `# pass ${count}\n`,
    count: 8,
  },
  jest: {
    command: (paths) => ["node_modules/jest/bin/jest.js", "--config", "jest.config.json", ...paths],
    passed: (count) => `${count} passed, ${count} total`,
    count: 8,
    env: { NODE_OPTIONS: "--experimental-vm-modules" },
  },
};

describe("the test kit", function () {
  this.timeout(240_000);

  before(() => {
    install();
    const scratch = mkdtempSync(join(tmpdir(), "dill-runners-"));
    const args = ["pack", "--ignore-scripts", "--pack-destination", scratch, "--json"];
    const [packed] = JSON.parse(execFileSync("npm", args, { cwd: root, encoding: "utf8" })) as [
      { filename: string },
    ];
    const installed = join(folder, "node_modules/libdill-ts");
    rmSync(installed, { recursive: true, force: true });
    mkdirSync(installed);
    execFileSync("tar", [
      "-xzf",
      join(scratch, packed.filename),
      "-C",
      installed,
      "--strip-components=1",
    ]);
    rmSync(scratch, { recursive: true });
  });
  afterEach(stopProcesses);

  for (const [name, { command, passed, count, env }] of Object.entries(runners)) {
    describe(`under ${name}`, () => {
      const outputOf = async (
        some: readonly File[],
        more: NodeJS.ProcessEnv = {},
      ): Promise<{ readonly output: string; readonly hasPassed: boolean }> => {
        const paths = some.map((file) => `${name}/${file}.test.mjs`);
        const { output, status } = await startProcess(process.execPath, command(paths), {
          cwd: folder,
          env: { ...environment(), ...env, ...more },
        }).ended();
        return { output, hasPassed: status === 0 };
      };

      it("simulates and explores in several files at once, in tests at once, and beside fake timers", async () => {
        const { output, hasPassed } = await outputOf(files);
        expect(hasPassed, output).to.equal(true);
        expect(output).to.include(passed(count));
      });

      it("prints a failing exploration with its replay, which an environment variable repeats", async () => {
        const first = await outputOf(["fails"]);
        expect(first.hasPassed, first.output).to.equal(false);
        expect(first.output).to.match(
          /an update was lost: 1.*found by schedule \d+, shrunk to 1 dev/,
        );
        expect(first.output).to.match(
          /^ +0 ms +#\d+ +chsend\(c\d+'?\).* <- choice \d+: the turn ends/m,
        );
        expect(first.output).to.match(/#\d+ started at lostUpdate \(.*programs\.mjs:\d+/);
        const [, schedule] = /replay: \\?"(1:1 \d+t)\\?"/.exec(first.output) ?? [];
        expect(schedule, first.output).to.be.a("string");
        const again = await outputOf(["fails"], { SCHEDULE: schedule });
        expect(again.hasPassed).to.equal(false);
        expect(again.output).to.include("an update was lost: 1").and.not.to.include("shrunk");
        const other = await outputOf(["fails"], { SCHEDULE: "1:1" });
        expect(other.hasPassed, other.output).to.equal(true);
      });

      it("fails a test that has left a handle open, by checkNothingLeft in afterEach", async () => {
        const { output, hasPassed } = await outputOf(["left"]);
        expect(hasPassed, output).to.equal(false);
        expect(output).to.match(/EBUSY: something is left[^]*2 more handles[^]*a channel/);
      });
    });
  }
});

/** Once for each lock file. */
function install(): void {
  const [lock, installed] = ["package-lock.json", "node_modules/.package-lock.json"].map((name) =>
    join(folder, name),
  ) as [string, string];
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(lock).mtimeMs) return;
  const quietly = ["--no-audit", "--no-fund", "--prefer-offline", "--loglevel=error"];
  execFileSync("npm", ["ci", "--ignore-scripts", ...quietly], { cwd: folder });
}

/** Not what this test's own runner has set. */
function environment(): NodeJS.ProcessEnv {
  const { NODE_OPTIONS: _, NODE_TEST_CONTEXT: __, FORCE_COLOR: ___, ...rest } = process.env;
  return { ...rest, NO_COLOR: "1" };
}
