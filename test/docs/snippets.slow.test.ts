// Every program in README.md and under docs/ compiles, runs, and prints what its page says.
//
// A block of ts is a program, and what it prints is the block of text right after it. Each page's programs are
// compiled together and run one by one, each in a folder of its own, which its relative paths lead to.
//
//   // server.ts                the first line may give it a name, by which others of the page import it
//   import … from "mocha"       it is a file of tests, and mocha runs it
//   …                           in the expected output stands for whatever is there
//
// A comment in the line above a block, which readers don't see, says how it is run:
//
//   <!-- beside server.ts and daemon.ts -->   once with each of these running, once that has made its socket file
//   <!-- SIGTERM ends it -->                  sent when those beside it have ended, or else after its first words
//   <!-- SIGINT ends it with 130 -->          the same, and its exit status
//   <!-- SIGTERM interrupts it -->            sent after the first words of those beside it
//   <!-- exits with 1 -->
//   <!-- with LIBDILL_STACKS=1 -->            in its environment
import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { startProcess, stopProcesses } from "../support/process.js";
import { tempDir } from "../support/tempDir.js";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const pages = ["README.md", ...markdownIn("docs")];
const mocha = [
  join(root, "node_modules/mocha/bin/mocha.js"),
  "--no-config",
  "--no-package",
  "--no-color",
  "--slow=60000",
];

interface Snippet {
  /** Its page and its own name, without the ending: `README/server`. */
  readonly path: string;
  readonly code: string;
  /** The page's line before its first. */
  readonly line: number;
  /** What the page says that it prints. */
  readonly output: string;
  readonly usesMocha: boolean;
  /** The paths of those that run meanwhile. */
  readonly beside: readonly string[];
  readonly signal: NodeJS.Signals | undefined;
  /** Those beside it see its end. */
  readonly isInterrupted: boolean;
  readonly status: number;
  readonly env: Readonly<Record<string, string>>;
}

const snippets = pages.flatMap(snippetsOf);

describe("the programs in the docs", function () {
  this.timeout(30_000);
  let folder = "";

  before(() => {
    mkdirSync(join(root, "build"), { recursive: true });
    folder = mkdtempSync(join(root, "build/snippets-"));
    const options = { composite: false, rootDir: ".", outDir: "out" };
    const config = {
      extends: "../../tsconfig.base.json",
      include: ["**/*.ts"],
      compilerOptions: options,
    };
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config));
    for (const { path, code, line } of snippets) {
      const file = join(folder, `${path}.ts`);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, "\n".repeat(line) + code); // the compiler's line numbers are the page's
    }
    const { stdout } = node("node_modules/typescript/bin/tsc", "-p", folder);
    expect(stdout).to.equal("");
  });
  afterEach(stopProcesses);
  after(() => rmSync(folder, { recursive: true, force: true }));

  it("throw no operation away", () => {
    const { stdout, stderr } = node("check/main.mjs", join(folder, "tsconfig.json"));
    expect(stdout, stderr).to.equal("no operation is thrown away\n");
  });

  for (const snippet of snippets.filter(({ beside }) => beside.length === 0)) {
    const guests = snippets.filter(({ beside }) => beside.includes(snippet.path));
    it([snippet, ...guests].map(({ path }) => path).join(", with "), async () => {
      const cwd = tempDir();
      const program = start(snippet, cwd);
      if (guests.length > 0) await program.hasMadeSocket();
      for (const guest of guests) {
        const visit = start(guest, cwd);
        if (snippet.isInterrupted && snippet.signal !== undefined) {
          await visit.hasSpoken();
          program.child.signal(snippet.signal);
        }
        await visit.endsAsThePageSays();
      }
      if (snippet.signal !== undefined && !snippet.isInterrupted) {
        if (guests.length === 0) await program.hasSpoken();
        program.child.signal(snippet.signal);
      }
      await program.endsAsThePageSays();
    });
  }

  function start({ path, output, status: expected, usesMocha, env }: Snippet, cwd: string) {
    const file = join(folder, "out", `${path}.js`);
    const args = [...(usesMocha ? mocha : []), file];
    const child = startProcess(process.execPath, args, { cwd, env: { ...process.env, ...env } });
    const ended = child.ended();
    const beforeItsEnd = async (event: Promise<unknown>): Promise<void> => {
      const early = ended.then((end) => {
        throw new Error(`${path} has ended too early, with ${end.status}:\n${end.output}`);
      });
      await Promise.race([event, early]);
    };
    return {
      child,
      async hasSpoken() {
        await beforeItsEnd(child.line());
      },
      async hasMadeSocket() {
        while (!hasSocket(cwd)) await beforeItsEnd(pause(2));
      },
      async endsAsThePageSays() {
        const { status, stdout, stderr } = await ended;
        const printed = usesMocha
          ? (stdout + stderr).replaceAll(/^\n+|(?<=\n)\n+$/g, "")
          : stdout + stderr;
        const isAsSaid = pattern(output).test(printed);
        expect(isAsSaid ? output : printed, path).to.equal(output);
        expect(status, `${path}'s exit status`).to.equal(expected);
      },
    };
  }
});

describe("the pages", () => {
  for (const page of pages) {
    it(`${page} has no program that is not tried`, () => {
      const known = ["ts", "text", "sh", "json"];
      const fences = [...read(page).matchAll(/^ *(?:```|~~~)(.*)\n[^]*?^ *(?:```|~~~)$/gm)];
      const languages = fences.map(([, language = ""]) => language);
      expect(languages.filter((language) => !known.includes(language))).to.deep.equal([]);
      const programs = snippets.filter(({ path }) => dirname(path) === stemOf(page));
      const names = new Set(programs.map(({ path }) => path));
      expect(names).to.have.length(languages.filter((language) => language === "ts").length);
      for (const host of programs.flatMap(({ beside }) => beside)) expect(names).to.include(host);
    });

    it(`${page} has no link into the repository that leads nowhere`, () => {
      const links = [...read(page).matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)/g)];
      for (const [, target = "", anchor] of links) {
        const file = target === "" ? page : join(dirname(page), target);
        expect(existsSync(join(root, file)), file).to.equal(true);
        if (anchor !== undefined) expect(anchorsIn(read(file)), file).to.include(anchor);
      }
    });
  }
});

/** Each program of a page, and the output that follows it. */
function snippetsOf(page: string): Snippet[] {
  const text = read(page);
  const blocks = text.matchAll(
    /(?:^<!-- (.*) -->\n)?^```ts\n([^]*?)^```\n(?:\n```text\n([^]*?)^```\n)?/gm,
  );
  const stem = stemOf(page);
  return [...blocks].map(({ 0: all, 1: how, 2: code = "", 3: output = "", index }, i) => {
    const name = /^\/\/ (\S+)\.ts\n/.exec(code)?.[1] ?? String(i + 1);
    const before = text.slice(0, index + all.indexOf("```ts"));
    return {
      path: `${stem}/${name}`,
      code,
      line: before.split("\n").length,
      output,
      usesMocha: / from "mocha";\n/.test(code),
      ...instructions(how, stem),
    };
  });
}

type Instructions = Pick<Snippet, "beside" | "signal" | "isInterrupted" | "status" | "env">;

function instructions(how: string | undefined, stem: string): Instructions {
  const none: Instructions = {
    beside: [],
    signal: undefined,
    isInterrupted: false,
    status: 0,
    env: {},
  };
  if (how === undefined) return none;
  const [, beside] = /^beside (\S+\.ts(?: and \S+\.ts)*)$/.exec(how) ?? [];
  if (beside !== undefined) {
    const names = beside.split(" and ").map((name) => name.replace(/\.ts$/, ""));
    return { ...none, beside: names.map((name) => `${stem}/${name}`) };
  }
  const [, signal, verb, after] =
    /^(SIGINT|SIGTERM) (ends|interrupts) it(?: with (\d+))?$/.exec(how) ?? [];
  if (signal !== undefined) {
    return {
      ...none,
      signal: signal as NodeJS.Signals,
      isInterrupted: verb === "interrupts",
      status: Number(after ?? 0),
    };
  }
  const [, status] = /^exits with (\d+)$/.exec(how) ?? [];
  if (status !== undefined) return { ...none, status: Number(status) };
  const [, name, value] = /^with (\w+)=(\w+)$/.exec(how) ?? [];
  if (name !== undefined && value !== undefined) return { ...none, env: { [name]: value } };
  throw new Error(`${stem}: what does "${how}" mean?`);
}

/** Matches the text, with anything in the place of each "…". */
function pattern(text: string): RegExp {
  const parts = text.split("…").map((part) => part.replaceAll(/[\\^$.*+?()[\]{}|]/g, "\\$&"));
  return new RegExp(`^${parts.join("[^]*?")}$`);
}

function hasSocket(folder: string): boolean {
  return readdirSync(folder, { withFileTypes: true }).some((entry) => entry.isSocket());
}

/** As GitHub makes them of headings. */
function anchorsIn(text: string): string[] {
  return [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\w\- ]/g, "")
      .replaceAll(" ", "-"),
  );
}

function markdownIn(folder: string): string[] {
  const files = readdirSync(join(root, folder), { recursive: true, encoding: "utf8" });
  return files.filter((file) => file.endsWith(".md")).map((file) => join(folder, file));
}

function stemOf(page: string): string {
  return page.replace(/^docs\//, "").replace(/\.md$/, "");
}

function node(script: string, ...args: readonly string[]) {
  return spawnSync(process.execPath, [join(root, script), ...args], { encoding: "utf8" });
}

function read(path: string): string {
  return readFileSync(join(root, path), "utf8");
}
