// The private socket: who may use it, what it says, and that nothing which happens there harms the process.
import { chmodSync, lstatSync, mkdirSync, readdirSync, symlinkSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { join } from "node:path";
import { expect } from "chai";
import {
  fixtureCommand,
  type OtherProcess,
  startProcess,
  stopProcesses,
} from "../support/process.js";
import { tempDir } from "../support/tempDir.js";

describe("the private socket of a process", () => {
  let runtime = "";
  let folder = "";
  beforeEach(() => {
    runtime = tempDir();
    folder = join(runtime, "libdill-ts");
  });
  afterEach(stopProcesses);

  it("is the user's alone", async () => {
    const { pid } = await start("crowd", "1");
    expect(modeOf(folder)).to.equal(0o700);
    expect(modeOf(join(folder, `${pid}.sock`))).to.equal(0o600);
  });

  it("can't be reached by another user", async function () {
    if (process.getuid?.() !== 0) return; // only root can be somebody else
    const { pid } = await start("crowd", "1");
    chmodSync(runtime, 0o755);
    const program = `
      import socket, sys
      try: socket.socket(socket.AF_UNIX).connect(sys.argv[1])
      except PermissionError: print("refused")
    `.replaceAll(/^ {6}/gm, "");
    const path = join(folder, `${pid}.sock`);
    const other = ["--reuid", "65534", "--clear-groups", "/usr/bin/python3", "-c", program, path];
    expect(await startProcess("setpriv", other).ended()).to.include({ stdout: "refused\n" });
  });

  it("is removed at the end, in whichever way that comes", async () => {
    const target = await start("crowd", "1");
    target.signal("SIGTERM");
    expect((await target.ended()).status).to.equal(0);
    expect(readdirSync(folder)).to.deep.equal([]);
  });

  it("is in the folder for temporary files, where the user has no other", async () => {
    const temporary = tempDir();
    const target = startProcess(process.execPath, argumentsOf("crowd", "1"), {
      env: { ...process.env, XDG_RUNTIME_DIR: "", TMPDIR: temporary },
    });
    await target.said("ready");
    const own = `libdill-ts-${process.getuid?.()}`;
    expect(readdirSync(join(temporary, own))).to.deep.equal([`${target.pid}.sock`]);
  });

  const bad: readonly (readonly [string, () => void, string])[] = [
    ["a link", () => symlinkSync(tempDir(), folder), "is a link, or no folder"],
    ["open to others", () => openFolder(), "can be entered by other users"],
    ["too deep for a socket", () => deepen(), "is longer than the path of a socket may be"],
  ];
  for (const [what, make, why] of bad) {
    it(`is not opened where the folder is ${what}, and the program goes on`, async () => {
      make();
      const target = await start("crowd", "1");
      expect(readdirSync(folder)).to.deep.equal([]);
      target.signal("SIGTERM");
      const { status, stderr } = await target.ended();
      expect(status).to.equal(0);
      expect(stderr).to.include(why).and.to.include("XDG_RUNTIME_DIR");
    });
  }

  it("speaks first, and answers each request with its number", async () => {
    const { pid } = await start("crowd", "3");
    const client = await dial(pid);
    expect(await client.line()).to.deep.include({
      hello: 1,
      pid,
      thread: 0,
      node: process.version,
    });
    client.socket.write('{"id":7,"op":"snapshot","places":false}\n{"id":8,"op":"handles"}\n');
    const first = await client.line();
    expect(first["id"]).to.equal(7);
    expect(first["coroutines"]).to.have.length(4);
    expect(await client.line()).to.deep.equal({ id: 7, done: true, omitted: 0 });
    expect((await client.line())["handles"]).to.be.an("array");
    expect(await client.line()).to.deep.equal({ id: 8, done: true, omitted: 0 });
    client.socket.destroy();
  });

  it("says what is wrong with a line, and understands the next one", async () => {
    const { pid } = await start("crowd", "1");
    const client = await dial(pid);
    await client.line();
    const lines = [
      "rubbish",
      "17",
      '{"op":"snapshot"}',
      '{"id":1,"op":"kill"}',
      '{"id":1,"op":"snapshot","most":-1}',
      '{"id":1,"op":"snapshot","places":3}',
    ];
    for (const line of lines) {
      client.socket.write(`${line}\n`);
      expect((await client.line())["error"], line).to.be.a("string");
    }
    client.socket.write('{"id":2,"op":"snapshot"}\n');
    expect((await client.line())["id"]).to.equal(2);
    client.socket.destroy();
  });

  it("ends a client that floods it with what is no line, and serves the next one", async () => {
    const { pid } = await start("crowd", "1");
    for (const garbage of ["\xff".repeat(1 << 16), "0\n".repeat(1 << 15)]) {
      const client = connect(join(folder, `${pid}.sock`)).on("error", () => {});
      const isGone = new Promise((resolve) => client.once("close", resolve));
      client.resume().write(garbage);
      await isGone;
    }
    const next = await dial(pid);
    expect(await next.line()).to.include({ pid });
    next.socket.destroy();
  });

  it("is held up by no client that does not read, and holds no program up", async () => {
    const target = await start("crowd", "20000");
    const { socket } = await dial(target.pid);
    socket.pause();
    for (let id = 0; id < 10; id++) socket.write(`{"id":${id},"op":"snapshot"}\n`);
    const other = await dial(target.pid);
    await other.line();
    other.socket.write('{"id":1,"op":"snapshot","most":1}\n');
    expect((await other.line())["id"]).to.equal(1);
    target.signal("SIGTERM");
    expect((await target.ended()).status).to.equal(0);
    socket.destroy();
    other.socket.destroy();
  });

  it("keeps no process alive, and hides no deadlock", async () => {
    const program = `
      import { run, msleep } from "libdill-ts";
      run((function* () { yield* msleep(-1); })()).catch((e) => console.log(e.code));
    `;
    const args = ["--import", "libdill-ts/inspect", "--input-type=module", "-e", program];
    const target = startProcess(process.execPath, args, { env: environment() });
    expect(await target.ended()).to.deep.include({ status: 0, stdout: "EDEADLK\n", stderr: "" });
  });

  it("comes with a tree on SIGQUIT, after which the program goes on", async () => {
    const target = await start("crowd", "2");
    target.signal("SIGQUIT");
    target.signal("SIGQUIT");
    await dial(target.pid).then(({ socket }) => socket.destroy());
    target.signal("SIGTERM");
    const { status, stderr } = await target.ended();
    expect(status).to.equal(0);
    expect(stderr).to.match(/^3 coroutines, 3 handles\n#0 main .*\n└─ 2 × orphan /);
  });

  function environment(): NodeJS.ProcessEnv {
    return { ...process.env, XDG_RUNTIME_DIR: runtime };
  }

  function argumentsOf(...args: readonly string[]): string[] {
    return ["--import", "libdill-ts/inspect", ...fixtureCommand("inspected"), ...args];
  }

  async function start(...args: readonly string[]): Promise<OtherProcess> {
    const target = startProcess(process.execPath, argumentsOf(...args), { env: environment() });
    await target.said("ready");
    return target;
  }

  function deepen(): void {
    runtime = join(runtime, "deep".repeat(25));
    folder = join(runtime, "libdill-ts");
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  }

  function openFolder(): void {
    mkdirSync(folder);
    chmodSync(folder, 0o777);
  }

  async function dial(pid: number): Promise<Client> {
    const socket = connect(join(folder, `${pid}.sock`));
    await once(socket, "connect");
    const lines = createInterface({ input: socket })[Symbol.asyncIterator]();
    return {
      socket,
      line: async () => JSON.parse(String((await lines.next()).value)) as Line,
    };
  }
});

type Line = Readonly<Record<string, unknown>>;

interface Client {
  readonly socket: Socket;
  line(): Promise<Line>;
}

function modeOf(path: string): number {
  return lstatSync(path).mode & 0o777;
}
