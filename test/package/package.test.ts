import { execFileSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";

const root = fileURLToPath(new URL("../../..", import.meta.url));

describe("the package", () => {
  let folder = "";

  before(() => {
    folder = mkdtempSync(join(tmpdir(), "dill-package-"));
    const args = ["pack", "--ignore-scripts", "--pack-destination", folder, "--json"];
    const [packed] = JSON.parse(execFileSync("npm", args, { cwd: root, encoding: "utf8" })) as [
      { filename: string },
    ];
    const modules = join(folder, "node_modules");
    mkdirSync(modules);
    execFileSync("tar", ["xf", join(folder, packed.filename), "-C", modules]);
    execFileSync("mv", [join(modules, "package"), join(modules, "libdill-ts")]);
    symlinkSync(join(root, "node_modules/effection"), join(modules, "effection"));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it("runs a program that imports it by its name", () => {
    const program = join(folder, "program.mjs");
    writeFileSync(
      program,
      `import { run, now, msleep } from "libdill-ts";
       import { bytestreamType } from "libdill-ts/impl";
       console.log(await run((function* () { yield* msleep(now() + 1); return 42; })()), typeof bytestreamType);`,
    );
    expect(runAsUser(program)).to.equal("42 symbol\n");
  });

  it("has one handle table behind both its doors", () => {
    const program = join(folder, "handles.mjs");
    writeFileSync(
      program,
      `import { hclose } from "libdill-ts";
       import { hmake } from "libdill-ts/impl";
       hclose(hmake({ query() {}, close() { console.log("closed"); } }));`,
    );
    expect(runAsUser(program)).to.equal("closed\n");
  });

  it("is imported as a few files, whose source maps lead to the sources that come with it", () => {
    const bundle = join(folder, "node_modules/libdill-ts/dist/bundle");
    const files = readdirSync(bundle).filter((name) => name.endsWith(".js"));
    expect(files).to.include.members(["index.js", "impl.js", "effection.js"]);
    expect(files.length).to.be.below(8);
    for (const name of files) {
      const { sources } = JSON.parse(readFileSync(join(bundle, `${name}.map`), "utf8")) as {
        sources: string[];
      };
      for (const source of sources) expect(existsSync(join(bundle, source)), source).to.equal(true);
    }
  });

  it("brings its types, licence and change log, and no tests", () => {
    const inPackage = (path: string): boolean =>
      existsSync(join(folder, "node_modules/libdill-ts", path));
    for (const path of [
      "dist/index.d.ts",
      "dist/impl.d.ts",
      "LICENSE",
      "CHANGELOG.md",
      "README.md",
    ]) {
      expect(inPackage(path), path).to.equal(true);
    }
    expect(inPackage("test")).to.equal(false);
  });

  it("needs nothing at run time but effection", () => {
    const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
      dependencies: Record<string, string>;
    };
    expect(Object.keys(manifest.dependencies)).to.deep.equal(["effection"]);
  });

  it("does not load effection: it takes only its types", () => {
    const program = join(folder, "loads.mjs");
    writeFileSync(program, 'import * as dill from "libdill-ts"; console.log(typeof dill.run);');
    rmSync(join(folder, "node_modules/effection"));
    const output = execFileSync(process.execPath, [program], { encoding: "utf8" });
    expect(output).to.equal("function\n");
  });
});

/** Imports what a user's program does, and not the single modules that the tests ask for. */
function runAsUser(program: string): string {
  const { NODE_OPTIONS: _, ...env } = process.env;
  return execFileSync(process.execPath, [program], { encoding: "utf8", env });
}
