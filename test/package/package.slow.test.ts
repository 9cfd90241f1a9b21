import { execFileSync, spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { build, stop } from "esbuild";
import { startProcess } from "../support/process.js";

const root = fileURLToPath(new URL("../../..", import.meta.url));

describe("the package, packed and installed into an empty project", function () {
  this.timeout(60_000);
  let folder = "";

  before(() => {
    folder = mkdtempSync(join(tmpdir(), "dill-package-"));
    const args = ["pack", "--ignore-scripts", "--pack-destination", folder, "--json"];
    const [packed] = JSON.parse(execFileSync("npm", args, { cwd: root, encoding: "utf8" })) as [
      { filename: string },
    ];
    writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
    const quietly = ["--no-audit", "--no-fund", "--prefer-offline", "--loglevel=error"];
    execFileSync("npm", ["install", ...quietly, packed.filename], { cwd: folder });
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

  it("runs the README's server and client, which its types compile", async () => {
    const readme = readFileSync(join(root, "README.md"), "utf8");
    for (const [code = "", name = ""] of readme.matchAll(
      /(?<=^```ts\n)\/\/ (\S+\.ts)\n[^]*?(?=^```$)/gm,
    )) {
      writeFileSync(join(folder, name), code);
    }
    symlinkSync(join(root, "node_modules/@types"), join(folder, "node_modules/@types"));
    writeFileSync(
      join(folder, "tsconfig.json"),
      `{
        "compilerOptions": { "target": "es2022", "module": "nodenext", "types": ["node"], "strict": true },
        "files": ["server.ts", "client.ts"]
      }`,
    );
    const tsc = join(root, "node_modules/typescript/bin/tsc");
    execFileSync(process.execPath, [tsc, "-p", folder], { encoding: "utf8" });
    const server = startProcess(process.execPath, ["server.js"], { cwd: folder });
    while (!existsSync(join(folder, "greet.ipc"))) await turn();
    expect(runAsUser("client.js")).to.equal("hello alice\nhello bobby\nhello carol\n");
    expect(await server.ended()).to.include({ status: 0 });
  });

  it("is loaded by require, too", () => {
    const program = join(folder, "required.cjs");
    writeFileSync(
      program,
      `const { run, now, msleep } = require("libdill-ts");
       const { toEffection } = require("libdill-ts/effection");
       const { toDuplex } = require("libdill-ts/streams");
       const { httpAttach } = require("libdill-ts/http");
       const { wsRecv } = require("libdill-ts/ws");
       const { fdin } = require("libdill-ts/native");
       const { socks5ProxyAuth } = require("libdill-ts/socks5");
       const { tlsContext } = require("libdill-ts/tls");
       const functions = [toEffection, toDuplex, httpAttach, wsRecv, fdin, socks5ProxyAuth];
       run((function* () { yield* msleep(now() + 1); return 42; })())
         .then((value) => console.log(value, functions.map((each) => typeof each).join(), typeof tlsContext({})));`,
    );
    const functions = Array.from({ length: 6 }, () => "function").join();
    expect(runAsUser(program)).to.equal(`42 ${functions} object\n`);
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

  it("simulates nothing while a second copy of it is loaded, and names the files of both", () => {
    const installed = join(folder, "node_modules/libdill-ts");
    const linked = join(folder, "linked/node_modules/libdill-ts");
    cpSync(installed, linked, { recursive: true });
    writeFileSync(
      join(folder, "linked/part.mjs"),
      'import { msleep, now } from "libdill-ts"; export const nap = () => msleep(now() + 1000);',
    );
    const program = join(folder, "copies.mjs");
    writeFileSync(
      program,
      `import { explore, simulate } from "libdill-ts/testing";
       import { nap } from "./linked/part.mjs";
       for (const search of [simulate, explore]) {
         await search(function* () { yield* nap(); }).catch((error) => console.log(error.message));
       }`,
    );
    const output = runAsUser(program);
    for (const name of ["simulate", "explore"]) {
      expect(output).to.match(new RegExp(`^ENOTSUP: ${name} takes a program whose parts`, "m"));
    }
    for (const copy of [installed, linked]) {
      expect(output).to.include(`\n  ${join(copy, "dist/bundle/core.js")}\n`);
    }
    rmSync(join(folder, "linked"), { recursive: true });
  });

  it("is imported as a few files, whose source maps lead to the sources that come with it", () => {
    const bundle = join(folder, "node_modules/libdill-ts/dist/bundle");
    const files = readdirSync(bundle).filter((name) => name.endsWith(".js"));
    expect(files).to.have.members([
      "index.js",
      "impl.js",
      "effection.js",
      "streams.js",
      "http.js",
      "ws.js",
      "native.js",
      "socks5.js",
      "tls.js",
      "testing.js",
      "inspect.js",
      "core.js",
      "browser.js",
    ]);
    for (const name of files) {
      const { sources } = JSON.parse(readFileSync(join(bundle, `${name}.map`), "utf8")) as {
        sources: string[];
      };
      for (const source of sources) expect(existsSync(join(bundle, source)), source).to.equal(true);
    }
  });

  it("shows in a stack the functions' names, and with source maps the lines of the sources", () => {
    const program = join(folder, "closed.mjs");
    writeFileSync(
      program,
      `import { hclose, run } from "libdill-ts";
       await run((function* () { hclose(0); })()).catch((error) => console.log(error.stack));`,
    );
    expect(runAsUser(program)).to.match(/^ +at hclose \(.*\/dist\/bundle\/core\.js:\d+:\d+\)$/m);
    const source = readFileSync(join(root, "src/handles/hclose.ts"), "utf8").split("\n");
    const line = source.findIndex((text) => text.includes('closeHandle(h, "hclose");')) + 1;
    const traced = execFileSync(process.execPath, ["--enable-source-maps", program], {
      cwd: folder,
      encoding: "utf8",
    });
    expect(traced).to.include(`/libdill-ts/src/handles/hclose.ts:${line}:3`);
  });

  it("prints an error with the user's lines first, also of a program that was bundled into a folder named dist", async () => {
    const program = join(folder, "bundled.mjs");
    writeFileSync(
      program,
      `import { hclose, main } from "libdill-ts";
       function* closeTwice() { hclose(0); }
       await main(function* () { yield* closeTwice(); });`,
    );
    const outfile = join(folder, "dist", "server.mjs");
    await build({
      entryPoints: [program],
      outfile,
      bundle: true,
      platform: "node",
      format: "esm",
      logLevel: "error",
    });
    await stop();
    const { stderr, status } = spawnSync(process.execPath, [outfile], { encoding: "utf8" });
    expect(status).to.equal(1);
    expect(stderr).to.match(/at closeTwice/);
  });

  it("runs where Node's own objects are frozen, and where a test has replaced process", () => {
    const program = join(folder, "frozen.mjs");
    writeFileSync(
      program,
      `import { chmake, chrecv, hclose, ipcAccept, ipcConnect, ipcListen, isErrno, run } from "libdill-ts";
       if (process.argv[2] === "replaced") globalThis.process = undefined;
       await run((function* () {
         try {
           yield* chrecv(chmake()[0], 0);
         } catch (e) {
           console.log(e.code);
         }
         if (globalThis.process === undefined) return;
         const ls = yield* ipcListen("frozen.ipc", 5);
         hclose(yield* ipcConnect("frozen.ipc", -1));
         hclose(yield* ipcAccept(ls, -1));
         console.log("connected");
       })());`,
    );
    const options = { cwd: folder, encoding: "utf8", stdio: "pipe" } as const;
    const frozen = execFileSync(process.execPath, ["--frozen-intrinsics", program], options);
    expect(frozen).to.equal("ETIMEDOUT\nconnected\n");
    const replaced = execFileSync(process.execPath, [program, "replaced"], options);
    expect(replaced).to.equal("ETIMEDOUT\n");
  });

  it("loads for a program without sockets and errors nothing of Node that needs an import", () => {
    const program = join(folder, "started.mjs");
    writeFileSync(
      program,
      `const { run } = await import("libdill-ts");
       await run((function* () {})());
       console.log(["os", "net"].filter((name) => process.moduleLoadList.includes("NativeModule " + name)).join());`,
    );
    expect(runAsUser(program)).to.equal("\n");
  });

  it("gives a program without sockets none of their code, when a bundler has had it", async () => {
    const bundled = async (names: string): Promise<string> => {
      const contents = `export { ${names} } from "libdill-ts";`;
      const options = { bundle: true, write: false, platform: "node", format: "esm" } as const;
      const { outputFiles } = await build({
        ...options,
        stdin: { contents, resolveDir: folder },
      });
      return outputFiles[0]?.text ?? "";
    };
    expect(await bundled("ipcListen")).to.include("pauseOnConnect");
    expect(await bundled("run, go, chmake, choose, msleep, until")).not.to.include(
      "pauseOnConnect",
    );
    for (const part of ["udp_open", "happyeyeballs_connect", "node:dgram"]) {
      expect(await bundled("udpOpen, happyeyeballsConnect")).to.include(part);
      expect(await bundled("tcpConnect")).not.to.include(part);
    }
    await stop(); // esbuild's process
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
    rmSync(join(folder, "node_modules/effection"), { recursive: true });
    const output = execFileSync(process.execPath, [program], { encoding: "utf8" });
    expect(output).to.equal("function\n");
  });

  /** Imports what a user's program does, and not the single modules that the tests ask for. */
  function runAsUser(program: string): string {
    return execFileSync(process.execPath, [program], {
      cwd: folder,
      encoding: "utf8",
    });
  }
});
