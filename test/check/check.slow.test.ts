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

/** A line with "// here" is a fault, and no other. */
const takenApart = `import { brecvl, type Bytestream, chmake, chrecv, type Coroutine, msleep, now, type Operation, until } from "libdill-ts";

function* worker(s: Bytestream): Coroutine {
  const [ch] = chmake<number>();
  const op = chrecv(ch, -1);
  const isReady = now() > 0;
  const [header] = brecvl(s, [5], -1); // here
  const [first, [second]] = [op, op]; // here
  const { list: [third] } = { list: op }; // here
  let x: unknown;
  [x] = op; // here
  [x] = isReady ? op : []; // here
  [[x] = op] = [[1]]; // here
  const spread = [...op]; // here
  take(1, ...op); // here
  new Set([1, ...op]); // here
  for (const value of op) take(value); // here
  for (const [value] of [op]) take(value); // here
  Array.from(op); // here
  new Set(op); // here
  Promise.all(op).catch(take); // here
  Array.from(plainWorker()); // here
  [...worker(s)]; // here
  const byDefault = ([value]: Iterable<unknown> = op) => take(value);
  const byDefaultAlone = ([value] = op) => take(value); // here
  const declared = ([value]: Operation<number>) => take(value); // here
  chrecv(ch, -1), take(1); // here
  for (msleep(now()); isReady; msleep(now())) break; // here
  for (const value of op) take(value); // not yielded on purpose

  // What follows is right.
  const [a, b] = yield* brecvl(s, [1, 2], -1);
  const [c] = [op];
  take(op, worker(s), [op], new Map([[1, op]]), [...[op]], ...[op], ...(yield* brecvl(s, [1], -1)));
  for (const one of [op]) yield* one;
  for (const n of numbers()) take(n, ...numbers(), [...numbers()], Array.from(numbers()));
  const [n] = numbers();
  [x] = [op];
  void op;
  void msleep(now());
  isReady && void msleep(now());
  either(op);
  Promise.all([1]).catch(take);
  yield* until(() => Promise.all([1]), -1);
  const later = () => msleep(now());
  take([1, isReady] as const, (isReady ? [1, "a"] : []) satisfies [number, string] | []); // tuples
  take(header, first, second, third, x, spread, byDefault, byDefaultAlone, declared, a, b, c, n, later);
}
function* plainWorker() {
  yield* msleep(now());
}
function* numbers(): Generator<number, void, unknown> {
  yield 1;
}
function take(...values: unknown[]): void {}
function either(source: Operation<number> | Iterable<unknown>): void {}
take(worker);
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

      it("finds each operation that is taken apart by the language, and no others", () => {
        const { status, stderr } = check(project(takenApart, typescript(version)));
        const expected = takenApart
          .split("\n")
          .flatMap((line, i) => (line.endsWith("// here") ? [String(i + 1)] : []));
        const places = [...stderr.matchAll(/^main\.ts:(\d+):\d+: /gm)].map(([, line]) => line);
        expect([...new Set(places)], stderr).to.deep.equal(expected);
        expect(stderr).to.include(
          "main.ts:7:20: `brecvl(s, [5], -1)` makes an Operation that is iterated, not run; add yield*",
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
