// Errors of the whole machine: here the kernel refuses one system call to one process.
import { expect } from "chai";
import { readdirSync } from "node:fs";
import { constants } from "node:os";
import { dirname } from "node:path";
import { ipcListen } from "libdill-ts";
import { it } from "../support/it.js";
import type { Outcome } from "../support/outcome.js";
import { fixtureCommand, stopProcesses } from "../support/process.js";
import { type Call, startRefused } from "../support/refusal.js";
import { socketPath, tempDir } from "../support/tempDir.js";
import { until } from "../support/until.js";

describe("a system call that the kernel refuses", () => {
  const tmpdir = process.env["TMPDIR"];

  afterEach(async () => {
    await stopProcesses();
    if (tmpdir === undefined) delete process.env["TMPDIR"];
    else process.env["TMPDIR"] = tmpdir;
  });

  it("gives ENFILE from ipcConnect if the system has no file descriptor left", function* () {
    const path = socketPath();
    yield* ipcListen(path, 10);
    yield* refuse(this, "connect", path, "socket", "ENFILE", "ENFILE");
  });

  it("gives ENOMEM from ipcConnect if the kernel has no memory for a socket", function* () {
    const path = socketPath();
    yield* ipcListen(path, 10);
    yield* refuse(this, "connect", path, "socket", "ENOMEM", "ENOMEM");
  });

  it("gives ENOMEM from ipcConnect if the kernel has no memory for a connection", function* () {
    const path = socketPath();
    yield* ipcListen(path, 10);
    yield* refuse(this, "connect", path, "connect", "ENOMEM", "ENOMEM");
  });

  it("gives ENOMEM from ipcConnect if the kernel has no buffers", function* () {
    const path = socketPath();
    yield* ipcListen(path, 10);
    yield* refuse(this, "connect", path, "socket", "ENOBUFS", "ENOMEM");
  });

  it("gives EACCES from ipcConnect if a policy of the system forbids it", function* () {
    const path = socketPath();
    yield* ipcListen(path, 10);
    yield* refuse(this, "connect", path, "connect", "EPERM", "EACCES");
  });

  it("gives EIO from ipcConnect for a code that the manual page does not know", function* () {
    const path = socketPath();
    yield* ipcListen(path, 10);
    yield* refuse(this, "connect", path, "connect", "ESTALE", "EIO");
  });

  it("gives ENFILE from ipcListen if the system has no file descriptor left", function* () {
    yield* refuse(this, "listen", socketPath(), "socket", "ENFILE", "ENFILE");
  });

  it("gives ENOMEM from ipcListen if the kernel has no memory left", function* () {
    yield* refuse(this, "listen", socketPath(), "bind", "ENOMEM", "ENOMEM");
  });

  it("gives EROFS from ipcListen if the file system is read-only", function* () {
    yield* refuse(this, "listen", socketPath(), "bind", "EROFS", "EROFS");
  });

  it("gives ENFILE from ipcPair if the system has no file descriptor left", function* () {
    yield* refuse(this, "pair", undefined, "socket", "ENFILE", "ENFILE");
  });

  it("gives ENOMEM from ipcPair if the kernel has no memory left", function* () {
    yield* refuse(this, "pair", undefined, "connect", "ENOMEM", "ENOMEM");
  });

  /** Runs the operation in a process to which the call fails: we get the code, and nothing is left. */
  function* refuse(
    test: Mocha.Context,
    what: string,
    path: string | undefined,
    call: Call,
    error: string,
    code: string,
  ) {
    const forPairs = tempDir();
    const folders = [forPairs, ...(path === undefined ? [] : [dirname(path)])];
    const before = folders.map((folder) => readdirSync(folder));
    process.env["TMPDIR"] = forPairs;
    const address = path === undefined ? [] : [path];
    const command = [process.execPath, ...fixtureCommand("refused"), what, ...address];
    const line = yield* until(startRefused(call, error, command).line());
    if (line === "unsupported") test.skip();
    const { message, ...outcome } = JSON.parse(line ?? "") as Outcome;
    expect(outcome).to.deep.equal({
      code,
      errno: -(constants.errno[code as keyof typeof constants.errno] ?? Number.NaN),
      syscall: `ipc_${what}`,
      ...(path === undefined ? {} : { address: path }),
      difference: [],
    });
    expect(message).to.match(new RegExp(`^${code}: .+, ipc_${what}`));
    expect(folders.map((folder) => readdirSync(folder))).to.deep.equal(before);
  }
});
