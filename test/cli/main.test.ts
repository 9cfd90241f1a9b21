// The command, as a person runs it, on processes that have prepared for it and on others.
import { existsSync, readdirSync } from "node:fs";
import { connect, createServer, type Server } from "node:net";
import { join } from "node:path";
import { expect } from "chai";
import {
  fixtureCommand,
  type OtherProcess,
  startProcess,
  stopProcesses,
} from "../support/process.js";
import { socketPath, tempDir } from "../support/tempDir.js";

describe("the command libdill-ts", () => {
  let folder = "";
  beforeEach(() => {
    folder = tempDir();
  });
  afterEach(stopProcesses);

  describe("on a process that has opened its private socket", () => {
    it("lists it, with its program", async () => {
      const { pid } = await prepared("crowd", "1");
      const { stdout, status } = await command("ps");
      expect(status).to.equal(0);
      expect(stdout).to.match(/^ *PID +THREAD +AGE +NODE +PROGRAM\n/);
      expect(stdout).to.match(
        new RegExp(`^ *${pid} .* ${process.version} +\\S*inspected.js crowd 1$`, "m"),
      );
    });

    it("draws its coroutines as a tree, with the places where they wait", async () => {
      const path = socketPath();
      const { pid } = await prepared("serving", path);
      const { stdout, status } = await command("tree", String(pid));
      expect(status).to.equal(0);
      const lines = stdout
        .split("\n")
        .map((line) => line.replace(/\S*inspected\.[jt]s:\d+/, "HERE"));
      expect(lines.shift()).to.equal("3 coroutines in inspected.js");
      expect(lines.shift()).to.match(/^#0 main {2}msleep\(-1\) {2}ready HERE {2}\d+ ms$/);
      expect(lines.shift()).to.match(
        new RegExp(
          `^├─ #1 acceptLoop \\[bundle 2\\] {2}ipcAccept\\(1\\) {2}${path} {2}HERE {2}\\d+ ms$`,
        ),
      );
      expect(lines.shift()).to.match(
        /^└─ #2 the ticker \[bundle 3\] {2}msleep {2}ticking HERE {2}\d+ ms, 60 min left$/,
      );
    });

    it("needs no number if it is the only one", async () => {
      await prepared("crowd", "1");
      expect((await command("tree")).stdout).to.include("2 coroutines in inspected.js");
    });

    it("says what is stuck for certain, with exit status 1", async () => {
      const { pid } = await prepared("cycle");
      const { stdout, status } = await command("stuck", String(pid));
      expect(status).to.equal(1);
      expect(stdout).to.match(
        /^certain {2}cycle: #1 left \(join\(\d+\), \S+inspected\.[jt]s:\d+\) waits for #2 right \(join\(\d+\), \S+:\d+\) waits for #1 left$/m,
      );
      expect(stdout).to.match(
        /^certain {2}orphan: #3 orphan waits in chrecv\(\d+\), \S+:\d+, and the channel's other end is closed$/m,
      );
    });

    it("says so where nothing is stuck", async () => {
      const { pid } = await prepared("serving", socketPath());
      expect(await command("stuck", String(pid))).to.deep.include({
        status: 0,
        stdout: "nothing is stuck, as far as can be told\n",
      });
    });

    it("says what only grows between two looks", async () => {
      const { pid } = await prepared("leak");
      const { stdout } = await command("stuck", String(pid), "--seconds", "0.5");
      expect(stdout).to.match(
        /^likely {3}growth: \d+ more of the kind "bundle", \d+ before that, and none of them has gone$/m,
      );
      expect(stdout).to.match(/^likely {3}growth: \d+ more of the kind "coroutine leaked"/m);
    });

    it("draws the tree again and again, until it is told to end", async () => {
      const { pid } = await prepared("crowd", "2");
      const watching = startCommand("watch", String(pid), "--seconds", "0.1");
      await watching.said("3 coroutines in inspected.js", 3);
      watching.signal("SIGINT");
      expect(await watching.ended()).to.deep.include({ status: 130, stderr: "" });
    });

    it("counts its handles, or lists them", async () => {
      const path = socketPath();
      const { pid } = await prepared("serving", path);
      expect((await command("handles", String(pid))).stdout).to.match(
        /^ *2 .* bundle\n *1 .* ipc listener$/m,
      );
      expect((await command("handles", String(pid), "--all")).stdout).to.match(
        new RegExp(`^ *1 .* 0 +ipc listener +${path}$`, "m"),
      );
    });

    it("shows one coroutine with all its calls, and who has started it", async () => {
      const { pid } = await prepared("serving", socketPath());
      const { stdout } = await command("show", String(pid), "#2");
      expect(stdout).to.match(/^#2 the ticker\n {2}waits in msleep\n/);
      expect(stdout).to.match(
        /\n {2}at ticking \(\S+inspected\.[jt]s:\d+\)\nstarted by #0 main\n$/,
      );
    });

    it("gives everything to programs as JSON", async () => {
      const { pid } = await prepared("cycle");
      for (const asked of [["ps"], ["tree"], ["stuck"], ["handles"], ["show", String(pid), "1"]]) {
        const { stdout } = await command(...asked, "--json");
        expect(() => JSON.parse(stdout) as unknown, asked.join(" ")).not.to.throw();
      }
    });

    it("tells of many coroutines in parts, and of no more than were asked for", async () => {
      const { pid } = await prepared("crowd", "20000");
      const whole = await command("tree", String(pid));
      expect(whole.stdout).to.match(/^20,001 coroutines in inspected.js\n.*\n└─ 20000 × orphan /);
      const some = await command("tree", String(pid), "--most", "100", "--no-places");
      expect(some.stdout).to.match(/^20,001 coroutines [^]*… and 19,901 coroutines more: --most/);
    });

    it("looks into a worker thread, by its number behind the process's", async () => {
      const { pid } = await prepared("threads", "5");
      expect((await command("ps")).stdout).to.match(new RegExp(`^ *${pid} +1 `, "m"));
      expect((await command("tree", `${pid}-1`)).stdout).to.include("5 × orphan ");
      const { status, stderr } = await command("tree", `${pid}-2`);
      expect([status, stderr]).to.deep.equal([
        2,
        `libdill-ts: process ${pid} has no thread 2 that has opened its socket\n`,
      ]);
    });

    it("leaves nothing behind in it, and removes what killed processes have left", async () => {
      const target = await prepared("crowd", "3");
      const { pid } = target;
      const before = descriptorsOf(pid);
      for (let i = 0; i < 3; i++) await command("tree", String(pid));
      expect(descriptorsOf(pid)).to.equal(before);
      await target.kill();
      expect(existsSync(join(folder, "libdill-ts", `${pid}.sock`))).to.equal(true);
      expect((await command("ps")).stdout).to.include("no process has opened its socket");
      expect(existsSync(join(folder, "libdill-ts", `${pid}.sock`))).to.equal(false);
    });
  });

  describe("on a process that has prepared nothing", () => {
    it("sees the same by SIGUSR1, and closes the port again", async () => {
      const { pid } = await unprepared("cycle");
      const { stdout, stderr } = await command("tree", String(pid), "--port-ok");
      expect(stderr).to.equal("");
      expect(stdout)
        .to.match(/^4 coroutines in inspected.js\n/)
        .and.to.match(/#3 orphan .* chrecv\(\d+\)/);
      const again = await command("stuck", String(pid), "--port-ok");
      expect(again.status).to.equal(1);
      expect((await command("tree", String(pid), "--port-ok")).status).to.equal(0);
    });

    it("harms none that is in the middle of something, and leaves no port open behind", async () => {
      const target = await unprepared("messages");
      for (let i = 0; i < 5; i++) {
        if (i === 1) await target.said("computed");
        const { status, stderr } = await command("tree", String(target.pid), "--port-ok");
        expect([status, stderr]).to.deep.equal([0, ""]);
      }
      await target.said("all is there");
      expect(await answersAt(9229)).to.equal(false);
    });

    it("closes the port also when the command is told to end", async () => {
      const { pid } = await unprepared("crowd", "1");
      const looking = startCommand("watch", String(pid), "--port-ok", "--seconds", "0.1");
      await looking.said("coroutines");
      looking.signal("SIGINT");
      await looking.ended();
      expect(await answersAt(9229)).to.equal(false);
    });

    it("looks into one that computes without end", async () => {
      const { pid } = await unprepared("busy");
      const { stdout } = await command("tree", String(pid), "--port-ok");
      expect(stdout).to.match(/#1 orphan .* chrecv/);
    });
  });

  describe("where it can't look", () => {
    const cases: readonly (readonly [string, () => Promise<readonly string[]>, RegExp])[] = [
      ["no such process", () => words("tree", "4194304"), /there is no process 4194304$/],
      ["no number", () => words("tree", "server"), /a process is a number, not server$/],
      [
        "no process named, and none found",
        () => words("tree"),
        /which process\? libdill-ts tree PID/,
      ],
      ["no such command", () => words("twig", "1"), /there is no command twig/],
      ["no such option", () => words("tree", "1", "--leaves"), /--leaves/],
      [
        "no such number of coroutines",
        () => words("tree", "1", "--most", "few"),
        /--most is a number from 1 on, not few$/,
      ],
      ["no Node.js", () => other("sleep", "60"), /is sleep, and no Node\.js$/],
      [
        "a Node.js without the library",
        () => node("setInterval(() => {}, 1000)"),
        /does not use libdill-ts, or not yet$/,
      ],
      [
        "one that handles SIGUSR1 itself",
        () => node('process.on("SIGUSR1", () => {}); setInterval(() => {}, 1000)'),
        /has opened no inspector: it handles SIGUSR1 itself/,
      ],
    ];
    for (const [what, make, sentence] of cases) {
      it(`says so in one sentence, with exit status 2: ${what}`, async () => {
        const { status, stdout, stderr } = await command(...(await make()), "--port-ok");
        expect(stderr.trimEnd())
          .to.match(/^libdill-ts: .*$/)
          .and.to.match(sentence);
        expect([status, stdout]).to.deep.equal([2, ""]);
      });
    }

    it("does not tell of a coroutine that there is not", async () => {
      const { pid } = await prepared("crowd", "1");
      const { status, stderr } = await command("show", String(pid), "77");
      expect([status, stderr]).to.deep.equal([
        2,
        "libdill-ts: no coroutine has the number 77: it may have ended; tree lists them\n",
      ]);
    });

    it("waits for no process that is stopped", async () => {
      const target = await prepared("crowd", "1");
      target.signal("SIGSTOP");
      const { status, stderr } = await command("tree", String(target.pid));
      const listed = await command("ps");
      const bySignal = await command("tree", String(target.pid), "--signal", "--port-ok");
      target.signal("SIGCONT");
      expect(status).to.equal(2);
      expect(stderr).to.match(/has not answered for 5 s: it is busy, or stopped/);
      expect(listed.stdout).to.match(new RegExp(`^ *${target.pid} .*does not answer`, "m"));
      expect(bySignal.stderr).to.match(/is stopped: kill -CONT \d+ lets it go on/);
    });

    it("names a version that it does not understand", async () => {
      const target = await prepared("crowd", "1");
      const path = join(folder, "libdill-ts", "4000000.sock");
      const server = await speaking(path, '{"hello":99,"pid":4000000,"argv":[]}\n');
      const { status, stderr } = await command("tree", "4000000");
      server.close();
      expect([status, stderr.includes("a newer version of libdill-ts")]).to.deep.equal([2, true]);
      await target.kill();
    });

    it("tells how it is used", async () => {
      expect(await command("--help")).to.deep.include({ status: 0, stderr: "" });
      expect((await command("--version")).stdout).to.match(/^\d+\.\d+\.\d+\n$/);
      expect((await command()).status).to.equal(2);
    });
  });

  async function prepared(...args: readonly string[]): Promise<OtherProcess> {
    return start(["--import", "libdill-ts/inspect", ...fixtureCommand("inspected"), ...args]);
  }

  async function unprepared(...args: readonly string[]): Promise<OtherProcess> {
    return start([...fixtureCommand("inspected"), ...args]);
  }

  async function start(args: readonly string[]): Promise<OtherProcess> {
    const target = startProcess(process.execPath, args, { env: environment() });
    await target.said("ready");
    return target;
  }

  function environment(): NodeJS.ProcessEnv {
    return { ...process.env, XDG_RUNTIME_DIR: folder };
  }

  function startCommand(...args: readonly string[]): OtherProcess {
    return startProcess(process.execPath, ["dist/cli/main.js", ...args], { env: environment() });
  }

  async function command(...args: readonly string[]): ReturnType<OtherProcess["ended"]> {
    return startCommand(...args).ended();
  }

  async function other(program: string, ...args: readonly string[]): Promise<readonly string[]> {
    const { pid } = startProcess(program, args);
    return ["tree", String(pid)];
  }

  async function node(code: string): Promise<readonly string[]> {
    const { pid } = await start(["-e", `console.log("ready"); ${code}`]);
    return ["tree", String(pid)];
  }
});

async function words(...list: readonly string[]): Promise<readonly string[]> {
  return list;
}

function descriptorsOf(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}

async function answersAt(port: number): Promise<boolean> {
  const socket = connect(port, "127.0.0.1");
  return new Promise((resolve) => {
    socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
  }).finally(() => socket.destroy()) as Promise<boolean>;
}

async function speaking(path: string, text: string): Promise<Server> {
  const server = createServer((socket) => socket.end(text));
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return server;
}
