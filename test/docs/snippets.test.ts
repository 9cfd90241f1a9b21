// Every program in the guide compiles, runs, and says what the page says.
import { execFile } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect } from "chai";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const pages = ["docs/from-async-await.md", "docs/from-effection.md", "docs/streams.md"];
const folder = join(root, "build/snippets");
const run = promisify(execFile);

interface Snippet {
  readonly name: string;
  readonly code: string;
  /** What the page says that it prints. */
  readonly output: string;
}

const snippets = pages.flatMap(snippetsOf);

describe("the programs in the docs", function () {
  this.timeout(30_000);

  before(async () => {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    const compilerOptions = {
      composite: false,
      isolatedDeclarations: false,
      rootDir: ".",
      outDir: "out",
    };
    writeFileSync(
      join(folder, "tsconfig.json"),
      JSON.stringify({ extends: "../../tsconfig.base.json", include: ["*.ts"], compilerOptions }),
    );
    for (const { name, code } of snippets) writeFileSync(join(folder, `${name}.ts`), code);
    await run(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-p", folder]);
  });

  for (const { name, output } of snippets) {
    it(`${name} prints what the page says`, async () => {
      const { stdout } = await run(process.execPath, [join(folder, "out", `${name}.js`)]);
      expect(stdout).to.equal(output);
    });
  }
});

/** Each program, and the output that follows it. */
function snippetsOf(page: string): Snippet[] {
  const text = readFileSync(join(root, page), "utf8");
  const found = [...text.matchAll(/```ts\n([^]*?)```\n(?:\n```text\n([^]*?)```)?/g)];
  const stem = page.replace(/^docs\//, "").replace(/\.md$/, "");
  return found.map(([, code = "", output = ""], i) => ({ name: `${stem}-${i + 1}`, code, output }));
}
