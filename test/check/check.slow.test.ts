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

/** As above. */
const takenForSomethingElse = `import { bundleWait, type Bundle, chmake, chrecv, type Coroutine, go, main, msleep, now, type Operation } from "libdill-ts";

class Client {
  *send(text: string): Coroutine { take(text); yield; }
  *get(): Coroutine<string> { yield; return "x"; }
}
const client = new Client();

export function* worker(b: Bundle, maybe?: Operation<void>): Coroutine {
  const [ch] = chmake<number>();
  const op = chrecv(ch, -1);
  const operations = [op];
  const isReady = now() > 0;
  [1, 2].forEach(() => msleep(now() + 10)); // here
  [1, 2].forEach(function* () { yield* msleep(now() + 10); }); // here
  [1, 2].forEach(plainWorker); // here
  [1, 2].forEach(client.get); // here
  [1, 2].forEach(() => { return op; }); // here
  setTimeout(() => client.send("x"), 10); // here
  setTimeout(isReady ? () => op : () => undefined, 10); // here
  const h: () => void = () => client.send("z"); // here
  optional(() => op); // here
  process.on("exit", () => op); // here
  Promise.all([op]).catch(take); // here
  Promise.race([1, isReady ? op : 1]).catch(take); // here
  Promise.allSettled([...operations]).catch(take); // here
  Promise.any(operations).catch(take); // here
  Promise.all([1, 2].map(() => op)).catch(take); // here
  const later = async () => { const value = await op; take(value); }; // here
  const unused = client.send("x"); // here
  let alsoUnused = isReady ? op : undefined; // here
  if (client.get()) take(1); // here
  if (isReady && client.get()) take(1); // here
  while (!client.get()) take(1); // here
  for (; client.get(); ) break; // here
  do break; while (client.get()); // here
  take(op ? 1 : 2); // here
  take(op && isReady, op || isReady, (op)); // here
  take(\`got \${client.get()}\`); // here
  take("got " + client.get()); // here
  let text = "";
  text += op; // here
  if (client.get()) take(1); // not yielded on purpose

  // What follows is right.
  const all = [1, 2].map(() => op);
  for (const one of all) yield* one;
  const make: () => Operation<number> = () => op;
  each(() => op);
  each(client.get);
  take(same(() => op), same(plainWorker));
  either(() => op);
  any(() => op);
  setTimeout(() => void go(plainWorker()), 10);
  setTimeout(() => { void op; }, 10);
  if (maybe) yield* maybe;
  if (isReady && maybe) yield* maybe;
  take(maybe ?? op, maybe && isReady, maybe ? 1 : 2, !maybe);
  take(\`\${yield* client.get()} \${typeof op} \${all.length}\`, raw\`\${op}\`, text + "x", 1 + 2);
  const _unused = client.send("x");
  { const used = client.send("x"); yield* used; }
  const inner = client.get(); const closure = () => inner;
  const shorthand = client.get(); take({ shorthand });
  await_(op);
  take(h, later, make, closure, bundleWait(b, -1));
}
export const exported = client.get();
function* plainWorker() {
  yield* msleep(now());
}
void main(function* () { yield* msleep(now()); });
void main(plainWorker as () => Coroutine);
function take(...values: unknown[]): void {}
function await_(value: PromiseLike<unknown> | Operation<unknown>): void {}
function optional(f?: (() => void) | null): void {}
function each(f: () => Operation<unknown>): void {}
function same<T extends () => void>(f: T): T { return f; }
function either(f: () => void | Operation<unknown>): void {}
function any(f: () => any, g?: Function): void {}
function raw(parts: TemplateStringsArray, ...values: unknown[]): void {}
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

      it("finds each operation that is taken for something else, and no others", () => {
        const { status, stderr } = check(project(takenForSomethingElse, typescript(version)));
        const expected = takenForSomethingElse
          .split("\n")
          .flatMap((line, i) => (line.endsWith("// here") ? [String(i + 1)] : []));
        const places = [...stderr.matchAll(/^main\.ts:(\d+):\d+: /gm)].map(([, line]) => line);
        expect([...new Set(places)], stderr).to.deep.equal(expected);
        for (const line of [
          "14:24: `msleep(now() + 10)` makes an Operation that is returned to a caller that drops it; start it with go or bundleGo",
          "24:16: `op` makes an Operation that is no promise; start it with go, and join it",
          '30:18: `client.send("x")` makes a Coroutine that never runs; add yield*',
          "32:7: `client.get()` makes a Coroutine that is always true as a condition; add yield*",
          "39:15: `client.get()` makes a Coroutine that is turned into text, not run; add yield*",
        ]) {
          expect(stderr).to.include(`main.ts:${line}\n`);
        }
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
