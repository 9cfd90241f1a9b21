import { expect } from "chai";
import { run as runEffection } from "effection";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join as joinPath } from "node:path";
import {
  brecv,
  bsend,
  type Coroutine,
  DillError,
  go,
  hclose,
  ipcAccept,
  ipcClose,
  ipcConnect,
  ipcListen,
  type IpcListener,
  type IpcListenOptions,
  type IpcSocket,
  join,
  msleep,
  now,
  run,
} from "libdill-ts";
import { startWithFewDescriptors } from "../support/fewDescriptors.js";
import { descriptors } from "../support/descriptors.js";
import { codeOf, failureOf } from "../support/failure.js";
import { holdUpUntilThereIs } from "../support/holdUp.js";
import { it } from "../support/it.js";
import { startKernel } from "../support/kernel.js";
import { fixtureCommand, startFixture, startPython, stopProcesses } from "../support/process.js";
import { socketPath, tempDir } from "../support/tempDir.js";
import { until } from "../support/until.js";
import { collectWarnings } from "../support/warnings.js";

describe("ipcListen", () => {
  afterEach(stopProcesses);

  it("makes a socket file that others can connect to", function* () {
    const path = socketPath();
    const ls = yield* ipcListen(path, 10);
    expect(statSync(path).isSocket()).to.equal(true);
    const peer = startPython(hello, path);
    const s = yield* ipcAccept(ls, -1);
    expect(String(yield* brecv(s, 5, -1))).to.equal("hello");
    yield* bsend(s, Buffer.from("world"), -1);
    expect(yield* until(peer.line())).to.equal("world");
  });

  it("removes the file when it is closed, so that the path can be used again at once", function* () {
    const path = socketPath();
    for (let i = 0; i < 3; i++) {
      const ls = yield* ipcListen(path, 10);
      hclose(ls);
      expect(existsSync(path)).to.equal(false);
    }
    const ls = yield* ipcListen(path, 10);
    yield* ipcClose(ls, -1);
    expect(existsSync(path)).to.equal(false);
  });

  it("leaves alone what has taken the place of its file when it is closed", function* () {
    const path = socketPath();
    const ls = yield* ipcListen(path, 10);
    unlinkSync(path);
    const successor = yield* ipcListen(path, 10);
    hclose(ls);
    const client = yield* ipcConnect(path, -1);
    yield* ipcAccept(successor, -1);
    hclose(client);
    unlinkSync(path);
    writeFileSync(path, "text");
    hclose(successor);
    expect(readFileSync(path, "utf8")).to.equal("text");
    expect(readdirSync(dirname(path))).to.deep.equal([basename(path)]);
  });

  it("removes its file also when the working directory has changed meanwhile", function* () {
    const path = socketPath();
    const before = process.cwd();
    process.chdir(dirname(path));
    try {
      const ls = yield* ipcListen("./s", 10);
      process.chdir(before);
      hclose(ls);
    } finally {
      process.chdir(before);
    }
    expect(existsSync(path)).to.equal(false);
  });

  it("leaves no directory when the working directory changes in the same breath", function* () {
    const path = socketPath();
    const before = process.cwd();
    process.chdir(dirname(path));
    const listening = go(ipcListenAt("s"));
    process.chdir(before);
    const ls = yield* join(listening, -1);
    expect(readdirSync(dirname(path))).to.deep.equal(["s"]);
    hclose(ls);
    expect(existsSync(path)).to.equal(false);
  });

  it("removes its file also when a link on the way leads elsewhere by then, or one is under dots", function* () {
    const folder = tempDir();
    mkdirSync(joinPath(folder, "v1/inner"), { recursive: true });
    symlinkSync("v1/inner", joinPath(folder, "current"));
    const moved = yield* ipcListen(joinPath(folder, "current/s"), 10);
    const dotted = yield* ipcListen(`${folder}/current/../t`, 10);
    unlinkSync(joinPath(folder, "current"));
    hclose(moved);
    hclose(dotted);
    expect(readdirSync(folder, { recursive: true })).to.have.members(["v1", "v1/inner"]);
  });

  it("removes its file also from a directory whose name is no text", function* () {
    const folder = tempDir();
    const odd = Buffer.concat([Buffer.from(`${folder}/`), Buffer.from([0xff])]);
    mkdirSync(odd);
    symlinkSync(odd, joinPath(folder, "link"));
    const ls = yield* ipcListen(joinPath(folder, "link/s"), 10);
    expect(readdirSync(odd)).to.deep.equal(["s"]);
    hclose(ls);
    expect(readdirSync(odd)).to.deep.equal([]);
  });

  it("listens in a directory that is deeper than a path can say, and leaves nothing there", function* () {
    const before = process.cwd();
    const name = "d".repeat(200);
    const depth = 25;
    process.chdir(tempDir());
    try {
      for (let i = 0; i < depth; i++) {
        mkdirSync(name);
        process.chdir(name);
      }
      hclose(yield* ipcListen("s", 10));
      expect(readdirSync(".")).to.deep.equal([]);
      for (let i = 0; i < depth; i++) {
        process.chdir("..");
        rmdirSync(name); // from below: no path leads down there
      }
    } finally {
      process.chdir(before);
    }
  });

  it("is closed though its file can't be looked for any more", function* () {
    for (const block of [
      (folder: string) => writeFileSync(folder, ""),
      (folder: string) => symlinkSync(folder, folder),
    ]) {
      const folder = joinPath(tempDir(), "f");
      mkdirSync(folder);
      const ls = yield* ipcListen(joinPath(folder, "s"), 10);
      const client = yield* ipcConnect(joinPath(folder, "s"), -1);
      renameSync(folder, `${folder}2`);
      block(folder);
      hclose(ls);
      expect(yield* codeOf(brecv(client, 1, -1))).to.be.oneOf(["EPIPE", "ECONNRESET"]);
      expect(yield* codeOf(ipcConnect(joinPath(`${folder}2`, "s"), -1))).to.equal("ECONNREFUSED");
    }
  });

  it("removes its file also when somebody has changed the file's mode and times", function* () {
    const path = socketPath();
    const ls = yield* ipcListen(path, 10);
    chmodSync(path, 0o600);
    utimesSync(path, 1, 1);
    hclose(ls);
    expect(existsSync(path)).to.equal(false);
  });

  it("does not mind that its file is gone when it is closed", function* () {
    const path = socketPath();
    const ls = yield* ipcListen(path, 10);
    rmSync(dirname(path), { recursive: true });
    hclose(ls);
    expect(yield* codeOf(ipcAccept(ls, -1))).to.equal("EBADF");
  });

  it("leaves connections that were accepted open when it is closed", function* () {
    const path = socketPath();
    const ls = yield* ipcListen(path, 10);
    const client = yield* ipcConnect(path, -1);
    const server = yield* ipcAccept(ls, -1);
    hclose(ls);
    yield* bsend(client, Buffer.from("x"), -1);
    expect(String(yield* brecv(server, 1, -1))).to.equal("x");
  });

  it("closes connections that nobody has accepted when it is closed", function* () {
    const path = socketPath();
    const ls = yield* ipcListen(path, 10);
    const clients = [];
    for (let i = 0; i < 3; i++) clients.push(yield* ipcConnect(path, -1));
    hclose(ls);
    for (const s of clients) {
      expect(yield* codeOf(brecv(s, 1, -1))).to.be.oneOf(["EPIPE", "ECONNRESET"]);
    }
    expect(yield* codeOf(ipcConnect(path, -1))).to.equal("ENOENT");
  });

  it("takes a backlog of 0", function* () {
    const path = socketPath();
    const ls = yield* ipcListen(path, 0);
    const s = yield* ipcConnect(path, now() + 2000);
    yield* ipcAccept(ls, now() + 2000);
    hclose(s);
  });

  it("gives the file the mode that it is told, whatever the umask", function* () {
    const umask = process.umask(0o077);
    try {
      for (const mode of [0o777, 0o660, 0o600, 0o000]) {
        const path = socketPath();
        yield* ipcListen(path, 10, { mode });
        expect(statSync(path).mode & 0o777).to.equal(mode);
        expect(process.umask()).to.equal(0o077);
      }
    } finally {
      process.umask(umask);
    }
  });

  it("lets only the owner in if it is told no mode, whatever the umask", function* () {
    const umask = process.umask(0);
    try {
      for (const options of [{}, { mode: undefined }]) {
        const path = socketPath();
        yield* ipcListen(path, 10, options);
        expect(statSync(path).mode & 0o777).to.equal(0o600);
      }
    } finally {
      process.umask(umask);
    }
  });

  it("shows the file to nobody before it has its mode and can be connected to", function* () {
    const path = socketPath();
    const watch = startPython(watchProgram, path);
    expect(yield* until(watch.line())).to.equal("watching");
    for (let i = 0; i < 200; i++) hclose(yield* ipcListen(path, 10, { mode: 0o640 }));
    watch.say("enough");
    expect(yield* until(watch.line())).to.equal("[]");
    expect(Number(yield* until(watch.line()))).to.be.greaterThan(0);
  });

  it("makes the file where nobody else may look, and leaves only the file", function* () {
    const path = socketPath();
    yield* ipcListen(path, 10);
    expect(readdirSync(dirname(path))).to.deep.equal(["s"]);
  });

  it("shows a name by which administrators find it", function* () {
    const path = joinPath(tempDir(), "greeting.ipc");
    yield* ipcListen(path, 10);
    expect(readFileSync("/proc/net/unix", "utf8")).to.match(/greeting\.ipc-\w{6}\/greeting\.ipc$/m);
  });

  describe("on a path that is longer than the kernel's addresses", () => {
    it("listens and is reached, up to 4095 bytes, and leaves nothing", function* () {
      for (const bytes of [108, 109, 200, 255, 1000, 4094, 4095]) {
        const path = longPath(bytes);
        const ls = yield* ipcListen(path, 10);
        expect(statSync(path).mode & 0o777).to.equal(0o600);
        const s = yield* ipcConnect(path, -1);
        const t = yield* ipcAccept(ls, -1);
        yield* bsend(s, Buffer.from("hello"), -1);
        expect(String(yield* brecv(t, 5, -1))).to.equal("hello");
        for (const h of [s, t, ls]) hclose(h);
        expect(readdirSync(dirname(path))).to.deep.equal([]);
      }
    });

    it("takes a name of 255 bytes, in a short directory and in a long one", function* () {
      for (const folder of [tempDir(), dirname(longPath(1000))]) {
        const path = joinPath(folder, "é".repeat(127) + "n");
        const ls = yield* ipcListen(path, 10);
        yield* ipcConnect(path, -1);
        yield* ipcAccept(ls, -1);
        expect(readdirSync(folder)).to.deep.equal([basename(path)]);
      }
    });

    it("never reaches the file whose path is the beginning of it", function* () {
      const folder = tempDir();
      const long = joinPath(folder, "p".repeat(200));
      const cut = long.slice(0, 107);
      const ls = yield* ipcListen(cut, 10);
      expect(yield* codeOf(ipcConnect(long, -1))).to.equal("ENOENT");
      const other = yield* ipcListen(long, 10);
      yield* ipcConnect(long, -1);
      yield* ipcAccept(other, -1);
      expect(yield* codeOf(ipcAccept(ls, 0))).to.equal("ETIMEDOUT");
      expect(readdirSync(folder)).to.have.members([basename(cut), basename(long)]);
    });

    it("is reached by a program that is not ours, through the file", function* () {
      const path = longPath(1000);
      const ls = yield* ipcListen(path, 10);
      const peer = startPython(helloByAlias, path);
      const s = yield* ipcAccept(ls, -1);
      yield* bsend(s, yield* brecv(s, 5, -1), -1);
      expect(yield* until(peer.line())).to.equal("hello");
    });

    it("keeps no descriptor but the listener's own", function* () {
      const path = longPath(1000);
      const before = descriptors();
      const ls = yield* ipcListen(path, 10);
      expect(descriptors()).to.equal(before + 1);
      hclose(ls);
      expect(yield* codeOf(ipcListen(`${path}/s`, 10))).to.equal("ENOENT");
      yield* ipcListen(path, 10);
      expect(yield* codeOf(ipcListen(path, 10))).to.equal("EADDRINUSE");
      expect(descriptors()).to.equal(before + 1);
    });
  });

  describe("with unlinkStale", () => {
    it("takes the place of a file that nobody listens on", function* () {
      for (const path of [socketPath(), longPath(1000)]) {
        yield* leaveStale(path);
        expect(yield* codeOf(ipcListen(path, 10))).to.equal("EADDRINUSE");
        const ls = yield* ipcListen(path, 10, { unlinkStale: true });
        expect(readdirSync(dirname(path))).to.deep.equal([basename(path)]);
        expect(statSync(path).mode & 0o777).to.equal(0o600);
        yield* ipcConnect(path, -1);
        yield* ipcAccept(ls, -1);
        hclose(ls);
        expect(readdirSync(dirname(path))).to.deep.equal([]);
      }
    });

    it("listens where nothing is, as without it", function* () {
      const path = socketPath();
      const ls = yield* ipcListen(path, 10, { unlinkStale: true });
      yield* ipcConnect(path, -1);
      yield* ipcAccept(ls, -1);
    });

    it("is EADDRINUSE where somebody listens, though the backlog is full or nobody may connect", function* () {
      const open = socketPath();
      const closed = socketPath();
      yield* ipcListen(open, 10);
      yield* ipcListen(closed, 10, { mode: 0o000 });
      const full = socketPath();
      const peer = startPython(fullListener, full);
      expect(yield* until(peer.line())).to.equal("full");
      for (const path of [open, closed, full]) {
        const { ino } = statSync(path);
        expect(yield* codeOf(ipcListen(path, 10, { unlinkStale: true }))).to.equal("EADDRINUSE");
        expect(statSync(path).ino).to.equal(ino);
        expect(readdirSync(dirname(path))).to.deep.equal(["s"]);
      }
    });

    it("is EADDRINUSE for what is no socket of this kind, and leaves it there", function* () {
      const file = socketPath();
      writeFileSync(file, "precious");
      const folder = socketPath();
      mkdirSync(folder);
      const link = socketPath();
      symlinkSync("nowhere", link);
      const datagrams = socketPath();
      const peer = startPython(datagramListener, datagrams);
      expect(yield* until(peer.line())).to.equal("listening");
      for (const path of [file, folder, link, datagrams]) {
        const error = yield* failureOf(ipcListen(path, 10, { unlinkStale: true }));
        expect(error.code).to.equal("EADDRINUSE");
        expect(error.message.includes("is no socket, and is left alone")).to.equal(
          path !== datagrams,
        );
        expect(readdirSync(dirname(path))).to.deep.equal(["s"]);
      }
      expect(readFileSync(file, "utf8")).to.equal("precious");
    });

    it("lets one of several starters have the file, and none take it from him", async function (this: Mocha.Context) {
      this.timeout(20_000); // it starts twenty processes
      const path = socketPath();
      const starters = Array.from({ length: 4 }, () => startFixture("starter", path));
      for (let round = 0; round < 12; round++) {
        await run(leaveStale(path));
        for (const starter of starters) starter.say("start");
        const outcomes = await Promise.all(starters.map(async (starter) => starter.line()));
        const losers = outcomes.filter((outcome) => outcome === "EADDRINUSE");
        expect(losers, String(outcomes)).to.have.length(3);
        expect(outcomes).to.include("listening");
        expect(readdirSync(dirname(path))).to.deep.equal(["s"]);
        await run(knock(path));
        for (const starter of starters) starter.say("stop");
        await Promise.all(starters.map(async (starter) => starter.line()));
      }
    });

    it("takes over where it was told to when the working directory changes in the same breath", function* () {
      const path = socketPath();
      yield* leaveStale(path);
      const before = process.cwd();
      process.chdir(dirname(path));
      const listening = go(ipcListenAt("s", { unlinkStale: true }));
      process.chdir(before);
      const ls = yield* join(listening, -1);
      yield* ipcConnect(path, -1);
      yield* ipcAccept(ls, -1);
      expect(readdirSync(dirname(path))).to.deep.equal(["s"]);
      hclose(ls);
      expect(existsSync(path)).to.equal(false);
    });

    it("has the place of a listener that is closed while it asks him", function* () {
      const path = socketPath();
      const kernel = startKernel();
      yield* until(kernel.make("listener", path));
      const listening = go(ipcListenAt(path, { unlinkStale: true }));
      yield* until(new Promise<void>((resolve) => process.nextTick(resolve)));
      // The kernel has taken the question by now, and Node can't report the answer yet.
      const marker = `${path}.closed`;
      const closing = kernel.closeAllAndMark(marker);
      holdUpUntilThereIs(marker);
      const ls = yield* join(listening, -1);
      yield* until(closing);
      yield* ipcConnect(path, -1);
      yield* ipcAccept(ls, -1);
    });

    it("leaves the dead file and nothing else when it is canceled", function* () {
      const path = socketPath();
      yield* leaveStale(path);
      const { ino } = statSync(path);
      const before = descriptors();
      const codes: string[] = [];
      const b = go(
        (function* () {
          codes.push(yield* codeOf(ipcListen(path, 10, { unlinkStale: true })));
        })(),
      );
      hclose(b);
      expect(codes).to.deep.equal(["ECANCELED"]);
      expect(statSync(path).ino).to.equal(ino);
      expect(readdirSync(dirname(path))).to.deep.equal(["s"]);
      expect(descriptors()).to.equal(before);
    });

    it("is EINVAL if it is neither true nor false", function* () {
      const options = { unlinkStale: "yes" as unknown as boolean };
      expect(yield* codeOf(ipcListen(socketPath(), 10, options))).to.equal("EINVAL");
    });
  });

  describe("connections that nobody claims", () => {
    it("wait, 1024 of them; later ones are closed, with one warning", function* () {
      const path = socketPath();
      const ls = yield* ipcListen(path, 10);
      const warnings = collectWarnings("IPC_UNCLAIMED");
      const clients: IpcSocket[] = [];
      for (let i = 0; i < 1024; i++) clients.push(yield* ipcConnect(path, -1));
      for (let i = 0; i < 2; i++) {
        const late = yield* ipcConnect(path, -1);
        expect(yield* codeOf(brecv(late, 1, -1))).to.be.oneOf(["EPIPE", "ECONNRESET"]);
        hclose(late);
      }
      expect(warnings).to.have.length(1);
      expect(warnings[0]).to.include({ name: "LibdillWarning", code: "IPC_UNCLAIMED" });
      for (const client of clients) {
        hclose(client);
        hclose(yield* ipcAccept(ls, 0));
      }
      expect(yield* codeOf(ipcAccept(ls, 0))).to.equal("ETIMEDOUT");
      yield* ipcConnect(path, -1);
      yield* ipcAccept(ls, -1);
    });
  });

  it("does nothing before the yield*", function* () {
    const path = socketPath();
    const operation = ipcListen(path, 10);
    expect(existsSync(path)).to.equal(false);
    yield* operation;
    expect(yield* codeOf(operation)).to.equal("EADDRINUSE");
  });

  it("works in an Effection program", async () => {
    const path = socketPath();
    await runEffection(function* () {
      const ls = yield* ipcListen(path, 10);
      const s = yield* ipcConnect(path, -1);
      hclose(s);
      hclose(ls);
    });
    expect(existsSync(path)).to.equal(false);
  });

  describe("cancellation", () => {
    it("throws ECANCELED synchronously, and no file is left", function* () {
      const path = socketPath();
      const codes: string[] = [];
      hclose(go(report(codes, path)));
      expect(codes).to.deep.equal(["ECANCELED"]);
      expect(existsSync(path)).to.equal(false);
      yield* msleep(now() + 2);
      expect(existsSync(path)).to.equal(false);
    });

    it("throws ECANCELED in a coroutine that is being canceled", function* () {
      const path = socketPath();
      const codes: string[] = [];
      hclose(
        go(
          (function* () {
            try {
              yield* msleep(-1);
            } finally {
              yield* report(codes, path);
            }
          })(),
        ),
      );
      expect(codes).to.deep.equal(["ECANCELED"]);
      expect(existsSync(path)).to.equal(false);
    });
  });

  describe("errors", () => {
    it("EADDRINUSE: a file is there already, whatever it is, and it stays", function* () {
      const folder = tempDir();
      const live = joinPath(folder, "live");
      yield* ipcListen(live, 10);
      writeFileSync(joinPath(folder, "file"), "text");
      mkdirSync(joinPath(folder, "sub"));
      symlinkSync(joinPath(folder, "nowhere"), joinPath(folder, "link"));
      for (const name of ["live", "file", "sub", "link"]) {
        const path = joinPath(folder, name);
        const error = yield* failureOf(ipcListen(path, 10));
        expect(error).to.include({ code: "EADDRINUSE", syscall: "ipc_listen", address: path });
      }
      expect(readdirSync(folder)).to.deep.equal(["file", "link", "live", "sub"]);
      yield* ipcConnect(live, -1);
    });

    it("EADDRINUSE: the file of a listener that is gone", async () => {
      const path = socketPath();
      const peer = startPython(listen, path);
      await peer.line();
      await peer.kill();
      await run(
        (function* () {
          expect(yield* codeOf(ipcListen(path, 10))).to.equal("EADDRINUSE");
          expect(existsSync(path)).to.equal(true);
        })(),
      );
    });

    it("ENOENT: a directory of the path is missing, or the path is empty", function* () {
      for (const path of [joinPath(socketPath(), "s"), ""]) {
        const error = yield* failureOf(ipcListen(path, 10));
        expect(error).to.include({ code: "ENOENT", syscall: "ipc_listen", address: path });
      }
    });

    it("ENOTDIR: a directory of the path is a file", function* () {
      const path = socketPath();
      writeFileSync(path, "");
      expect(yield* codeOf(ipcListen(joinPath(path, "s"), 10))).to.equal("ENOTDIR");
    });

    it("ELOOP: the path runs in a circle", function* () {
      const folder = tempDir();
      symlinkSync(joinPath(folder, "b"), joinPath(folder, "a"));
      symlinkSync(joinPath(folder, "a"), joinPath(folder, "b"));
      expect(yield* codeOf(ipcListen(joinPath(folder, "a", "s"), 10))).to.equal("ELOOP");
    });

    it("ENAMETOOLONG: over 4095 bytes, or a name over 255, counted in UTF-8", function* () {
      const folder = tempDir();
      for (const name of ["n".repeat(256), "é".repeat(128)]) {
        const error = yield* failureOf(ipcListen(joinPath(folder, name), 10));
        expect(error.code).to.equal("ENAMETOOLONG");
        expect(error.message).to.contain("a name in the path is 256 bytes, at most 255 fit");
      }
      const path = longPath(4095);
      expect(yield* codeOf(ipcListen(`${path}p`, 10))).to.equal("ENAMETOOLONG");
      for (const at of [folder, dirname(path)]) expect(readdirSync(at)).to.deep.equal([]);
    });

    it("ENOENT: a path with a slash at its end, where nothing is", function* () {
      const folder = tempDir();
      expect(yield* codeOf(ipcListen(`${folder}/s/`, 10))).to.equal("ENOENT");
      expect(readdirSync(folder)).to.deep.equal([]);
    });

    it("EINVAL: the path is no string, has a NUL in it or is abstract", function* () {
      for (const path of ["/tmp/a\0b", "\0abstract", undefined, null, 5, {}]) {
        expect(yield* codeOf(ipcListen(path as string, 10))).to.equal("EINVAL");
      }
    });

    it("EINVAL: the backlog or the mode is none, and no file is made", function* () {
      const path = socketPath();
      for (const backlog of [-1, 1.5, NaN, Infinity, 2 ** 31, "5", undefined]) {
        expect(yield* codeOf(ipcListen(path, backlog as number))).to.equal("EINVAL");
      }
      for (const mode of [-1, 0o1000, 1.5, NaN, "600"]) {
        expect(yield* codeOf(ipcListen(path, 10, { mode: mode as number }))).to.equal("EINVAL");
      }
      expect(existsSync(path)).to.equal(false);
    });

    it("EACCES: the directory may not be written, or not be searched", function* () {
      for (const mode of [0o555, 0o666]) {
        const address = socketPath();
        chmodSync(dirname(address), mode);
        const failure = yield* until(attempt("nobody", address));
        chmodSync(dirname(address), 0o700);
        expect(failure).to.include({ code: "EACCES", syscall: "ipc_listen", address });
      }
    });

    it("EACCES: the dead file belongs to somebody else, in a directory where only owners may remove", function* () {
      if (process.getuid?.() !== 0) return; // only root can leave a file to somebody else
      const address = socketPath();
      yield* leaveStale(address);
      chmodSync(address, 0o777);
      chmodSync(dirname(address), 0o1777);
      const peer = startFixture("attempt", "takeOver", "nobody", address);
      const failure: unknown = JSON.parse((yield* until(peer.line())) ?? "");
      expect(failure).to.include({ code: "EACCES", syscall: "ipc_listen", address });
      expect(readdirSync(dirname(address))).to.deep.equal(["s"]);
    });

    it("EMFILE: no descriptor is left", function* () {
      const path = socketPath();
      expect(yield* until(attempt("exhausted", path))).to.include({
        code: "EMFILE",
        syscall: "ipc_listen",
        address: path,
      });
      expect(existsSync(path)).to.equal(false);
    });

    it("carry the stack of the coroutine, and Node's error as the cause", function* () {
      const path = joinPath(tempDir(), "missing", "s");
      const error = yield* (function* listenOnceMore(): Coroutine<DillError> {
        return yield* failureOf(ipcListen(path, 10));
      })();
      expect(error.stack).to.contain("listenOnceMore");
      expect(error.cause).to.include({ code: "ENOENT", syscall: "mkdtemp" });
    });
  });

  describe("leaves nothing behind", () => {
    it("when the run ends: neither the file nor connections nobody has accepted", async () => {
      const path = socketPath();
      let ls: IpcListener | undefined;
      await run(
        (function* () {
          ls = yield* ipcListen(path, 10);
          yield* ipcConnect(path, -1);
        })(),
      );
      expect(existsSync(path)).to.equal(false);
      expect(() => hclose(ls as IpcListener)).to.throw(DillError, "EBADF");
    });

    it("but the handle, for the coroutine that joins", function* () {
      const path = socketPath();
      const h = go(
        (function* () {
          return yield* ipcListen(path, 10);
        })(),
      );
      hclose(yield* join(h, -1));
      expect(existsSync(path)).to.equal(false);
      hclose(h);
    });

    it("in the process: a listener on which nobody waits keeps it not alive", function* () {
      const child = startFixture("idleListener", socketPath());
      expect(yield* until(child.line())).to.equal("ended");
    });
  });
});

const hello = `
import socket, sys
s = socket.socket(socket.AF_UNIX)
s.connect(sys.argv[1])
s.sendall(b"hello")
print(s.recv(5).decode(), flush=True)
`;

const listen = `
import socket, sys
s = socket.socket(socket.AF_UNIX)
s.bind(sys.argv[1])
s.listen(5)
print("listening", flush=True)
sys.stdin.read()
`;

async function attempt(how: "nobody" | "exhausted", path: string): Promise<unknown> {
  if (how === "nobody") {
    return JSON.parse((await startFixture("attempt", "listen", how, path).line()) ?? "");
  }
  const peer = startWithFewDescriptors([...fixtureCommand("attempt"), "listen", how, path]);
  await peer.line();
  return JSON.parse((await peer.line()) ?? "");
}

/** Prints each state of the file that no client may ever see, once it is told that it is enough. */
const watchProgram = `
import os, select, socket, stat, sys
print("watching", flush=True)
strange, seen = set(), 0
while not select.select([sys.stdin], [], [], 0)[0]:
    try:
        mode = stat.S_IMODE(os.lstat(sys.argv[1]).st_mode)
        seen += 1
        if mode != 0o640: strange.add(oct(mode))
    except FileNotFoundError:
        pass
print(sorted(strange), seen, sep="\\n", flush=True)
`;

const helloByAlias = `
import os, socket, sys
s = socket.socket(socket.AF_UNIX)
s.connect(f"/proc/self/fd/{os.open(sys.argv[1], os.O_PATH)}")
s.sendall(b"hello")
print(s.recv(5).decode(), flush=True)
`;

const fullListener = `
import socket, sys, time
l = socket.socket(socket.AF_UNIX)
l.bind(sys.argv[1])
l.listen(0)
c = socket.socket(socket.AF_UNIX)
c.connect(sys.argv[1])
print("full", flush=True)
time.sleep(60)
`;

const datagramListener = `
import socket, sys, time
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
print("listening", flush=True)
time.sleep(60)
`;

function* ipcListenAt(path: string, options?: IpcListenOptions): Coroutine<IpcListener> {
  return yield* ipcListen(path, 10, options);
}

/** Leaves a socket file that nobody listens on. */
function* leaveStale(path: string): Coroutine {
  const peer = startPython(
    `
import os, socket, sys
os.chdir(os.path.dirname(sys.argv[1]))
s = socket.socket(socket.AF_UNIX)
s.bind("~")
os.rename("~", os.path.basename(sys.argv[1]))
print("bound", flush=True)
`,
    path,
  );
  expect(yield* until(peer.line())).to.equal("bound");
  expect(yield* until(peer.line())).to.equal(undefined);
}

function* knock(path: string): Coroutine {
  hclose(yield* ipcConnect(path, now() + 2000));
}

/** A path of so many bytes in a directory that is there, and empty. */
function longPath(bytes: number): string {
  let folder = tempDir();
  while (bytes - folder.length > 200)
    folder += `/${"d".repeat(Math.min(200, bytes - folder.length - 3))}`;
  mkdirSync(folder, { recursive: true });
  return `${folder}/${"p".repeat(bytes - folder.length - 1)}`;
}

function* report(codes: string[], path: string): Coroutine {
  codes.push(yield* codeOf(ipcListen(path, 10)));
}
