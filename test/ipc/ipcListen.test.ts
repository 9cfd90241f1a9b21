import { expect } from "chai";
import { run as runEffection } from "effection";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
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
  join,
  msleep,
  now,
  run,
} from "libdill-ts";
import { codeOf, failureOf } from "../support/failure.js";
import { it } from "../support/it.js";
import { fixture, fixturePath, python, startPeer, stopPeers } from "../support/peer.js";
import { socketPath, tempDir } from "../support/tempDir.js";
import { until } from "../support/until.js";

describe("ipcListen", () => {
  afterEach(stopPeers);

  it("makes a socket file that others can connect to", function* () {
    const path = socketPath();
    const ls = yield* ipcListen(path, 10);
    expect(statSync(path).isSocket()).to.equal(true);
    const peer = python(hello, path);
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

  it("leaves the mode to the umask if it is told none", function* () {
    const umask = process.umask(0o027);
    try {
      for (const options of [{}, { mode: undefined }]) {
        const path = socketPath();
        yield* ipcListen(path, 10, options);
        expect(statSync(path).mode & 0o777).to.equal(0o750);
      }
    } finally {
      process.umask(umask);
    }
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
      const peer = python(listen, path);
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

    it("ENAMETOOLONG: over 107 bytes, or a name over 255, counted in UTF-8", function* () {
      const folder = tempDir();
      const rest = 107 - folder.length - 1;
      const longest = joinPath(folder, "p".repeat(rest));
      yield* ipcListen(longest, 10);
      expect(readdirSync(folder)).to.deep.equal([basename(longest)]);
      for (const path of [`${longest}p`, joinPath(folder, "é".repeat(54)), `/${"n".repeat(256)}`]) {
        expect(yield* codeOf(ipcListen(path, 10))).to.equal("ENAMETOOLONG");
      }
      expect(readdirSync(dirname(longest))).to.have.length(1);
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
      const path = socketPath();
      yield* ipcListen(path, 10);
      const error = yield* (function* listenOnceMore(): Coroutine<DillError> {
        return yield* failureOf(ipcListen(path, 10));
      })();
      expect(error.stack).to.contain("listenOnceMore");
      expect(error.cause).to.include({ code: "EADDRINUSE", syscall: "listen" });
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
      const child = fixture("idleListener", socketPath());
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
    return JSON.parse((await fixture("attempt", "listen", how, path).line()) ?? "");
  }
  const program = [process.execPath, fixturePath("attempt"), "listen", how, path];
  const peer = startPeer("sh", ["-c", 'ulimit -n 60; exec "$@"', "sh", ...program]);
  await peer.line();
  return JSON.parse((await peer.line()) ?? "");
}

function* report(codes: string[], path: string): Coroutine {
  codes.push(yield* codeOf(ipcListen(path, 10)));
}
