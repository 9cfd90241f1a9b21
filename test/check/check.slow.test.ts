// libdill-check finds what was planted, with the TypeScript of the project that it looks at.
import { spawnSync } from "node:child_process";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { tempDir } from "../support/tempDir.js";
import { typescript } from "../support/typescripts.js";

const root = fileURLToPath(new URL("../../..", import.meta.url));

const faults = `import { type Coroutine, chmake, chrecv, go, hclose, msleep, now, run } from "libdill-ts";

function* worker(): Coroutine {
  msleep(now() + 1);
  const [ch] = chmake<number>();
  const isReady = now() > 0;
  isReady && chrecv(ch, -1);
  isReady ? chrecv(ch, -1) : 0;
  worker();
  yield* msleep(now());
  let kept = msleep(now());
  kept = msleep(now());
  msleep(now()); // not yielded on purpose
  void kept;
}

async function main(): Promise<void> {
  await msleep(now());
  await run(worker());
}
void main();
const h = go(worker());
hclose(h);
`;

const clean = `import { type Coroutine, msleep, now, run } from "libdill-ts";
function* worker(): Coroutine {
  yield* msleep(now());
}
await run(worker());
`;

describe("libdill-check", function () {
  this.timeout(20_000);

  for (const version of ["5.6.3", "6.0.3", undefined]) {
    describe(`with TypeScript ${version ?? "of our own"}`, () => {
      before(function () {
        this.timeout(60_000);
        typescript(version);
      });

      it("finds each operation and coroutine that is thrown away, and no others", () => {
        const { status, stderr } = check(project(faults, typescript(version)));
        const places = [...stderr.matchAll(/^main\.ts:(\d+):\d+: /gm)].map(([, line]) => line);
        expect(places, stderr).to.deep.equal(["4", "7", "8", "9", "18"]);
        expect(stderr).to.include(
          "`msleep(now() + 1)` makes an Operation that never runs; add yield*",
        );
        expect(status).to.equal(1);
      });

      it("has nothing to say of a clean project", () => {
        const { status, stdout } = check(project(clean, typescript(version)));
        expect({ status, stdout }).to.deep.equal({
          status: 0,
          stdout: "no operation is thrown away\n",
        });
      });
    });
  }

  it("says what is missing: a project, or TypeScript", () => {
    const folder = project(clean, undefined);
    expect(check(folder)).to.include({ status: 2 });
    expect(check(folder).stderr).to.include("npm install --save-dev typescript");
    const missing = check(project(clean, typescript()), "other.json");
    expect(missing.status).to.equal(2);
    expect(missing.stderr).to.include("other.json");
  });
});

/** A folder with one file, as a user's. */
function project(text: string, compiler: string | undefined): string {
  const folder = tempDir();
  const modules = join(folder, "node_modules");
  mkdirSync(modules);
  symlinkSync(root, join(modules, "libdill-ts"));
  for (const name of ["effection", "@types"]) {
    symlinkSync(join(root, "node_modules", name), join(modules, name));
  }
  if (compiler !== undefined) symlinkSync(compiler, join(modules, "typescript"));
  writeFileSync(join(folder, "main.ts"), text);
  const compilerOptions = { strict: true, module: "nodenext", target: "es2022", types: ["node"] };
  writeFileSync(join(folder, "package.json"), JSON.stringify({ type: "module" }));
  writeFileSync(
    join(folder, "tsconfig.json"),
    JSON.stringify({ compilerOptions, include: ["*.ts"] }),
  );
  return folder;
}

function check(cwd: string, ...args: readonly string[]) {
  const program = join(root, "check/main.mjs");
  return spawnSync(process.execPath, [program, ...args], { cwd, encoding: "utf8" });
}
