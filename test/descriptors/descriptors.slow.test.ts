// Descriptors in processes of their own: without any left, at their end, without a way to call C, and in another Node.
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { startWithFewDescriptors } from "../support/fewDescriptors.js";
import { it } from "../support/it.js";
import {
  fixtureCommand,
  type OtherProcess,
  startFixture,
  startProcess,
  stopProcesses,
} from "../support/process.js";
import { tempDir } from "../support/tempDir.js";
import { until } from "../support/until.js";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const major = Number.parseInt(process.versions.node, 10);

describe("descriptors", () => {
  afterEach(stopProcesses);

  it("EMFILE: fdin, fdout, ipcKeepfds, ipcRecvfd and ipcSendfd without a descriptor left; the sockets go on", function* () {
    this.timeout(20_000);
    const peer = startWithFewDescriptors([...fixtureCommand("noDescriptors"), fifoPath()]);
    const { stdout } = yield* until(peer.ended());
    const steps = stdout.split("\n").filter((line) => line.startsWith("["));
    expect(
      Object.fromEntries(steps.map((line) => JSON.parse(line) as [string, string])),
    ).to.deep.equal({
      fdin: "EMFILE",
      fdout: "EMFILE",
      ipcKeepfds: "EMFILE",
      "ipcRecvfd, the first receive": "EMFILE",
      "ipcSendfd to a full socket": "EMFILE",
      ipcPeer: "",
      fileno: "",
      ipcSendfd: "none",
      "ipcRecvfd of one that came": "EMFILE",
      "what came behind it": "x",
      "ipcSendfd, again": "none",
      "ipcRecvfd, again": "none",
      "fdout, again": "none",
    });
  });

  for (const [how, status, stdout] of [
    ["exit", 3, ""],
    ["throw", 1, ""],
    ["end", 0, "over\n"],
  ] as const) {
    it(`a process ends as it is told while coroutines wait for descriptors (${how})`, function* () {
      this.timeout(20_000);
      for (let round = 0; round < 3; round++) {
        const peer = startFixture("readyAtExit", fifoPath(), how);
        const ended = yield* until(peer.ended());
        expect(ended, ended.output).to.include({ status, stdout });
      }
    });
  }

  it("ENOTSUP: nothing can call C, and the message says what to install; nothing was loaded before", function* () {
    this.timeout(20_000);
    const off = major >= 26 ? ["--no-experimental-ffi"] : [];
    const text = without(new URL("dist/bundle/", `file://${root}`).href);
    const peer = startProcess(process.execPath, [...off, "--input-type=module", "-e", text], {
      cwd: "/",
    });
    const { stdout, stderr } = yield* until(peer.ended());
    const said =
      "this needs Node's own node:ffi (Node 26.10 or later), or the package koffi in the program: npm install koffi";
    const names = ["fdin", "fdout", "ipc_keepfds", "ipc_recvfd", "ipc_sendfd", "ipc_peer"];
    expect(stdout.trimEnd().split("\n")).to.deep.equal([
      ...names.map((name) => `ENOTSUP: ${said}, ${name}`),
      `ENOTSUP: ${said}, ipc_listen '/tmp/never'`,
      "EBUSY: none, fdclean",
    ]);
    expect(stderr).to.equal("");
  });

  it("a worker can ask for its peers and send descriptors, but not wait: ENOTSUP", function* () {
    this.timeout(20_000);
    const text = inWorker(new URL("dist/bundle/", `file://${root}`).href);
    const peer = startProcess(process.execPath, ["--input-type=module", "-e", text], { cwd: root });
    const { stdout } = yield* until(peer.ended());
    const said = "ENOTSUP: descriptors are watched in the main thread only";
    expect(stdout).to.equal(`true\nnone\n${said}, fdin\n${said}, ipc_recvfd\n`);
  });

  it("all of it works through node:ffi, in Node 26", function* () {
    if (major >= 26) this.skip(); // which has done so
    this.timeout(120_000);
    const { status } = yield* until(inNode26("node -v").ended());
    const hint = "npx --yes --package node@26 --call 'node -v'";
    expect(status, `npx can't bring Node 26; install it once: ${hint}`).to.equal(0);
    const tests = ["descriptors/fdin", "descriptors/ipcRecvfd", "ipc/ipcPeer"].map(
      (name) => `build/test/${name}.test.js`,
    );
    const mocha = "node node_modules/mocha/bin/mocha.js --config .mocharc.base.json";
    const { output } = yield* until(inNode26(`${mocha} ${tests.join(" ")}`).ended());
    expect(output.trimEnd().split("\n").at(-1), output).to.match(/^\d+ passed, 0 failed$/);
  });
});

function inNode26(command: string): OtherProcess {
  const args = ["--yes", "--package", "node@26", "--call", command];
  return startProcess("npx", args, { cwd: root });
}

function fifoPath(): string {
  const path = join(tempDir(), "fifo");
  execFileSync("mkfifo", [path]);
  return path;
}

const without = (bundle: string): string => `
import { ipcListen, ipcPair, run } from "${bundle}index.js";
import { fdclean, fdin, fdout, ipcKeepfds, ipcPeer, ipcRecvfd, ipcSendfd } from "${bundle}native.js";
await run((function* () {
  const [a] = yield* ipcPair();
  for (const use of [
    () => fdin(0, -1),
    () => fdout(0, -1),
    () => ipcKeepfds(a),
    () => ipcRecvfd(a, -1),
    () => ipcSendfd(a, 0, -1),
    () => ipcPeer(a),
    () => ipcListen("/tmp/never", 1, { allow: () => true }),
  ]) {
    try {
      yield* use();
    } catch (error) {
      console.log(error.message);
    }
  }
  fdclean(0);
  console.log("EBUSY: none, fdclean");
})());
`;

const inWorker = (bundle: string): string => `
import { Worker } from "node:worker_threads";
new Worker(\`
import { ipcPair, run } from "${bundle}index.js";
import { fdin, ipcPeer, ipcRecvfd, ipcSendfd } from "${bundle}native.js";
await run((function* () {
  const [a, b] = yield* ipcPair();
  console.log(ipcPeer(a).pid === process.pid);
  for (const use of [() => ipcSendfd(a, 0, -1), () => fdin(0, -1), () => ipcRecvfd(b, -1)]) {
    try {
      yield* use();
      console.log("none");
    } catch (error) {
      console.log(error.message);
    }
  }
})());
\`, { eval: true });
`;
