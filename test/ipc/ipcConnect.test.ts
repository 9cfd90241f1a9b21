import { expect } from "chai";
import { run as runEffection, spawn } from "effection";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { Socket } from "node:net";
import { constants } from "node:os";
import { basename, dirname, join } from "node:path";
import {
  brecv,
  bsend,
  type Bundle,
  bundle,
  bundleGo,
  bundleWait,
  type Coroutine,
  DillError,
  go,
  hclose,
  ipcAccept,
  ipcConnect,
  ipcListen,
  type IpcSocket,
  isErrno,
  msleep,
  now,
  run,
  withDeadline,
} from "libdill-ts";
import { startWithFewDescriptors } from "../support/fewDescriptors.js";
import { attemptsDuring } from "../support/attempts.js";
import { descriptors } from "../support/descriptors.js";
import { codeOf, failureOf } from "../support/failure.js";
import { it } from "../support/it.js";
import { holdUpTheProcess } from "../support/holdUp.js";
import {
  fixtureCommand,
  type OtherProcess,
  startFixture,
  startPython,
  stopProcesses,
} from "../support/process.js";
import { socketPath, tempDir } from "../support/tempDir.js";
import { until } from "../support/until.js";

describe("ipcConnect", () => {
  afterEach(stopProcesses);

  it("gives a socket that carries bytes both ways", function* () {
    const path = socketPath();
    const ls = yield* ipcListen(path, 10);
    const client = yield* ipcConnect(path, -1);
    const server = yield* ipcAccept(ls, -1);
    yield* bsend(client, Buffer.from("ping"), -1);
    expect(String(yield* brecv(server, 4, -1))).to.equal("ping");
    yield* bsend(server, Buffer.from("pong"), -1);
    expect(String(yield* brecv(client, 4, -1))).to.equal("pong");
  });

  it("connects although nobody has called ipcAccept yet", function* () {
    const path = socketPath();
    yield* ipcListen(path, 10);
    const s = yield* ipcConnect(path, -1);
    yield* bsend(s, Buffer.from("early"), -1);
  });

  it("does nothing before the yield*", function* () {
    const path = socketPath();
    const operation = ipcConnect(path, -1);
    const ls = yield* ipcListen(path, 10);
    expect(yield* codeOf(ipcAccept(ls, 0))).to.equal("ETIMEDOUT");
    yield* operation;
    yield* ipcAccept(ls, -1);
  });

  it("makes another connection each time the same operation is run", function* () {
    const path = socketPath();
    yield* ipcListen(path, 10);
    const operation = ipcConnect(path, -1);
    const first = yield* operation;
    const second = yield* operation;
    expect(first).not.to.equal(second);
  });

  it("reaches a listener in another process", async () => {
    const path = socketPath();
    const peer = startPython(echoOnce, path);
    expect(await peer.line()).to.equal("listening");
    await run(
      (function* () {
        const s = yield* ipcConnect(path, now() + 4000);
        yield* bsend(s, Buffer.from("hello"), -1);
        expect(String(yield* brecv(s, 5, -1))).to.equal("hello");
      })(),
    );
  });

  it("follows symbolic links", function* () {
    const path = socketPath();
    yield* ipcListen(path, 10);
    const link = join(tempDir(), "link");
    symlinkSync(path, link);
    yield* ipcConnect(link, -1);
  });

  it("takes a path relative to the working directory", function* () {
    const folder = process.cwd();
    const path = socketPath();
    yield* ipcListen(path, 10);
    process.chdir(dirname(path));
    try {
      yield* ipcConnect(basename(path), -1);
      yield* ipcConnect(`./${basename(path)}`, -1);
    } finally {
      process.chdir(folder);
    }
  });

  it("takes a path of 107 bytes, and names that are not ASCII", function* () {
    for (const path of [paddedPath(107), join(tempDir(), "зд€ 🦆")]) {
      const ls = yield* ipcListen(path, 10);
      yield* ipcConnect(path, -1);
      yield* ipcAccept(ls, -1);
      expect(readdirSync(dirname(path))).to.deep.equal([basename(path)]);
    }
  });

  it("lets other coroutines run while it waits", function* () {
    const path = socketPath();
    yield* ipcListen(path, 10);
    let others = 0;
    const other = go(
      (function* () {
        others += 1;
        yield;
        others += 1;
      })(),
    );
    yield* ipcConnect(path, -1);
    expect(others).to.equal(2);
    hclose(other);
  });

  it("ends with the error that Effection's try sees", async () => {
    const code = await runEffection(function* () {
      try {
        yield* ipcConnect(socketPath(), -1);
      } catch (error) {
        return isErrno(error, "ENOENT") ? error.code : error;
      }
      return "no error";
    });
    expect(code).to.equal("ENOENT");
  });

  it("works in an Effection program", async () => {
    const text = await runEffection(function* () {
      const path = socketPath();
      const ls = yield* ipcListen(path, 10);
      const s = yield* ipcConnect(path, now() + 4000);
      const t = yield* ipcAccept(ls, -1);
      yield* bsend(t, Buffer.from("hi"), -1);
      const bytes = yield* brecv(s, 2, -1);
      for (const h of [s, t, ls]) hclose(h);
      return String(bytes);
    });
    expect(text).to.equal("hi");
  });

  describe("with a full backlog", () => {
    it("waits until the listener makes room, first come, first served", async () => {
      const { path, peer } = await fullListener();
      const order: number[] = [];
      await run(
        (function* () {
          const filled = yield* fill(path);
          const b = bundle();
          for (let i = 0; i < 5; i++) bundleGo(b, client(i));
          yield* letAttemptsFail();
          expect(order).to.deep.equal([]);
          for (let i = 0; i < filled.length; i++) {
            peer.say("accept");
            yield* until(peer.line());
          }
          for (let i = 0; i < 5; i++) {
            peer.say("greeting");
            expect(yield* until(peer.line())).to.equal(String(i));
          }
          expect(order).to.deep.equal([0, 1, 2, 3, 4]);
          hclose(b);
        })(),
      );

      function* client(i: number): Coroutine {
        const s = yield* ipcConnect(path, -1);
        order.push(i);
        yield* bsend(s, Buffer.from(String(i)), -1);
      }
    });

    it("waits where it was told to, wherever the process goes meanwhile", async () => {
      const { path, peer } = await fullListener();
      const elsewhere = socketPath();
      const before = process.cwd();
      process.chdir(dirname(path));
      try {
        await run(
          (function* () {
            const filled = yield* fill(path);
            const ls = yield* ipcListen(elsewhere, 10);
            const waiting = go(connectAndSay("s", "w"));
            yield* letAttemptsFail();
            process.chdir(dirname(elsewhere));
            const other = go(connectAndSay("s", "o"));
            const s = yield* ipcAccept(ls, -1);
            expect(String(yield* brecv(s, 1, -1))).to.equal("o");
            for (let i = 0; i < filled.length; i++) {
              peer.say("accept");
              yield* until(peer.line());
            }
            peer.say("greeting");
            expect(yield* until(peer.line())).to.equal("w");
            expect(yield* codeOf(ipcAccept(ls, 0))).to.equal("ETIMEDOUT");
            hclose(waiting);
            hclose(other);
          })(),
        );
      } finally {
        process.chdir(before);
      }
    });

    it("lets no newcomer overtake those that wait", async () => {
      const { path, peer } = await fullListener();
      await run(
        (function* () {
          yield* fill(path);
          const order: string[] = [];
          const first = go(client("first"));
          yield* letAttemptsFail();
          peer.say("accept");
          yield* until(peer.line());
          const second = go(client("second"));
          for (let i = 0; order.length < 2; i++) {
            if (i % 2 === 1) peer.say("accept");
            yield* msleep(now() + 5);
          }
          expect(order).to.deep.equal(["first", "second"]);
          hclose(first);
          hclose(second);

          function* client(name: string): Coroutine {
            yield* ipcConnect(path, -1);
            order.push(name);
          }
        })(),
      );
    });

    it("gives ETIMEDOUT at the deadline, and not before it", async () => {
      const { path } = await fullListener();
      await run(
        (function* () {
          yield* fill(path);
          const deadline = now() + 30;
          const error = yield* failureOf(ipcConnect(path, deadline));
          expect(now()).to.be.at.least(deadline);
          expect(error).to.include({
            code: "ETIMEDOUT",
            syscall: "ipc_connect",
            address: path,
          });
        })(),
      );
    });

    it("gives ETIMEDOUT never early, to many that wait until times close together", async () => {
      const { path } = await fullListener();
      await run(
        (function* () {
          yield* fill(path);
          const b = bundle();
          const start = now();
          const early: number[] = [];
          for (let i = 0; i < 60; i++) bundleGo(b, client(start + i * 0.37));
          yield* bundleWait(b, -1);
          hclose(b);
          expect(early).to.deep.equal([]);

          function* client(deadline: number): Coroutine {
            const code = yield* codeOf(ipcConnect(path, deadline));
            const at = now();
            expect(code).to.equal("ETIMEDOUT");
            if (at < deadline) early.push(deadline - at);
          }
        })(),
      );
    });

    it("makes exactly one attempt under deadline 0 or one in the past", async () => {
      const { path } = await fullListener();
      await run(
        (function* () {
          yield* fill(path);
          for (const deadline of [0, 1, now() - 1000, now()]) {
            expect(yield* attemptsDuring(timedOut(path, deadline))).to.equal(1);
          }
        })(),
      );

      function* timedOut(addr: string, deadline: number): Coroutine {
        expect(yield* codeOf(ipcConnect(addr, deadline))).to.equal("ETIMEDOUT");
      }
    });

    it("tries once under deadline 0 or one in the past: ETIMEDOUT", async () => {
      const { path } = await fullListener();
      await run(
        (function* () {
          yield* fill(path);
          expect(yield* codeOf(ipcConnect(path, 0))).to.equal("ETIMEDOUT");
          expect(yield* codeOf(ipcConnect(path, now() - 1000))).to.equal("ETIMEDOUT");
          const waits = go(connectAndEnd(path));
          yield* letAttemptsFail();
          expect(yield* codeOf(ipcConnect(path, 0))).to.equal("ETIMEDOUT");
          hclose(waits);
        })(),
      );
    });

    it("keeps the others waiting when one runs into its deadline", async () => {
      const { path, peer } = await fullListener();
      await run(
        (function* () {
          const filled = yield* fill(path);
          const b = bundle();
          const order: string[] = [];
          bundleGo(b, client("a", -1));
          bundleGo(b, client("b", now() + 20));
          bundleGo(b, client("c", -1));
          while (order.length === 0) yield* msleep(now() + 5);
          expect(order).to.deep.equal(["b ETIMEDOUT"]);
          for (let i = 0; i < filled.length; i++) peer.say("accept");
          while (order.length < 3) yield* msleep(now() + 5);
          expect(order).to.deep.equal(["b ETIMEDOUT", "a", "c"]);
          hclose(b);

          function* client(name: string, deadline: number): Coroutine {
            try {
              yield* ipcConnect(path, deadline);
              order.push(name);
            } catch (error) {
              if (!isErrno(error, "ETIMEDOUT")) throw error;
              order.push(`${name} ${error.code}`);
            }
          }
        })(),
      );
    });

    it("gives ECONNREFUSED to all that wait when the listener dies", async () => {
      const { path, peer } = await fullListener();
      await run(
        (function* () {
          yield* fill(path);
          const b = bundle();
          const codes: string[] = [];
          for (let i = 0; i < 10; i++) bundleGo(b, client());
          yield* letAttemptsFail();
          yield* until(peer.kill());
          while (codes.length < 10) yield* msleep(now() + 5);
          expect(new Set(codes)).to.deep.equal(new Set(["ECONNREFUSED"]));
          hclose(b);

          function* client(): Coroutine {
            codes.push(yield* codeOf(ipcConnect(path, -1)));
          }
        })(),
      );
    });

    it("gives ENOENT to all that wait when the file goes away", async () => {
      const { path } = await fullListener();
      await run(
        (function* () {
          yield* fill(path);
          const codes: string[] = [];
          const waits = go(
            (function* () {
              codes.push(yield* codeOf(ipcConnect(path, -1)));
            })(),
          );
          yield* letAttemptsFail();
          renameSync(path, `${path}2`);
          while (codes.length === 0) yield* msleep(now() + 5);
          expect(codes).to.deep.equal(["ENOENT"]);
          hclose(waits);
        })(),
      );
    });

    it("gives room that opens between two attempts to whoever came first", async () => {
      const path = socketPath();
      const peer = startPython(markingListener, path);
      expect(await peer.line()).to.equal("listening");
      await run(
        (function* () {
          const filled = yield* fill(path);
          const order: string[] = [];
          const b = bundle();
          bundleGo(b, client("early"));
          peer.say("accept");
          while (!existsSync(`${path}.accepted`)); // in the same turn, so that the refusal is not known yet
          bundleGo(b, client("late"));
          while (order.length === 0) yield* msleep(now() + 1);
          yield* letAttemptsFail();
          expect(order).to.deep.equal(["early"]);
          peer.say("accept");
          yield* bundleWait(b, -1);
          expect(order).to.deep.equal(["early", "late"]);
          for (const s of filled) hclose(s);
          hclose(b);

          function* client(name: string): Coroutine {
            hclose(yield* ipcConnect(path, -1));
            order.push(name);
          }
        })(),
      );
    });

    it("waits on a listener that was stopped, and goes through in order once it runs again", async () => {
      const path = socketPath();
      const peer = startPython(greedyListener, path);
      expect(await peer.line()).to.equal("listening");
      process.kill(peer.pid, "SIGSTOP");
      // The signal takes a moment, in which one more client could get in.
      while (!readFileSync(`/proc/${peer.pid}/stat`, "utf8").includes(") T "));
      await run(
        (function* () {
          const filled = yield* fill(path);
          const order: number[] = [];
          const b = bundle();
          for (let i = 0; i < 100; i++) bundleGo(b, client(i));
          yield* letAttemptsFail();
          expect(order).to.deep.equal([]);
          for (const s of filled) hclose(s);
          process.kill(peer.pid, "SIGCONT");
          yield* bundleWait(b, -1);
          const inOrder = Array.from({ length: 100 }, (_, i) => i);
          expect(order).to.deep.equal(inOrder);
          const heard: number[] = [];
          while (heard.length < 100) heard.push(Number(yield* until(peer.line())));
          expect(heard).to.deep.equal(inOrder);
          hclose(b);

          function* client(i: number): Coroutine {
            const s = yield* ipcConnect(path, -1);
            order.push(i);
            yield* bsend(s, Buffer.from(String(i).padStart(3)), -1);
            hclose(s);
          }
        })(),
      );
    });

    it("makes one attempt at a time for all that wait, however many", async () => {
      const { path } = await fullListener();
      await run(
        (function* () {
          yield* fill(path);
          const b = bundle();
          yield* letWait(2000, path, b);
          const attempts = countConnects();
          const from = now();
          yield* msleep(from + 200);
          const count = attempts.stop();
          expect(count)
            .to.be.greaterThan(0)
            .and.lessThan((now() - from) / 7 + 10);
          hclose(b);
        })(),
      );
    });

    it("aborts 2,000 at once when their bundle is closed, and their descriptors with them", async () => {
      const { path } = await fullListener();
      await run(
        (function* () {
          yield* fill(path);
          const before = descriptors();
          const b = bundle();
          const codes = yield* letWait(2000, path, b);
          expect(codes).to.deep.equal([]);
          hclose(b);
          expect(codes).to.have.length(2000);
          expect(new Set(codes)).to.deep.equal(new Set(["ECANCELED"]));
          expect(descriptors()).to.equal(before);
        })(),
      );
    });

    it("is dropped when Effection halts the task that waits", async () => {
      const { path } = await fullListener();
      await run(
        (function* () {
          yield* fill(path);
          yield* until(
            runEffection(function* () {
              const before = descriptors();
              const task = yield* spawn(() => ipcConnect(path, -1));
              yield* msleep(now() + 10);
              yield* task.halt();
              expect(descriptors()).to.equal(before);
            }),
          );
        })(),
      );
    });
  });

  describe("deadline", () => {
    it("lets a connection through that needs no wait, even if it has passed", function* () {
      const path = socketPath();
      const ls = yield* ipcListen(path, 10);
      for (const deadline of [0, 1, now() - 1, now() + 1000, Infinity, -1]) {
        yield* ipcConnect(path, deadline);
        yield* ipcAccept(ls, -1);
      }
    });

    it("lets one attempt be made, and no more, if it is 0 or has passed", function* () {
      const path = socketPath();
      yield* ipcListen(path, 10);
      for (const deadline of [0, now() - 1000]) {
        expect(yield* attemptsDuring(connectAndEnd(path, deadline))).to.equal(1);
      }
      const nothing = socketPath();
      const failing = (function* (): Coroutine {
        expect(yield* codeOf(ipcConnect(nothing, 0))).to.equal("ENOENT");
      })();
      expect(yield* attemptsDuring(failing)).to.equal(1);
    });

    it("reports what is wrong with the path rather than that it has passed", function* () {
      expect(yield* codeOf(ipcConnect(socketPath(), 0))).to.equal("ENOENT");
    });

    it("is EINVAL if it is no point in time", function* () {
      const path = socketPath();
      const ls = yield* ipcListen(path, 10);
      for (const deadline of [NaN, -2, -Infinity, "soon" as unknown as number]) {
        expect(yield* codeOf(ipcConnect(path, deadline))).to.equal("EINVAL");
      }
      expect(yield* codeOf(ipcAccept(ls, 0))).to.equal("ETIMEDOUT");
    });
  });

  describe("cancellation", () => {
    it("gives ECANCELED to an attempt that is under way, synchronously", function* () {
      const path = socketPath();
      yield* ipcListen(path, 10);
      const before = descriptors();
      let error: unknown;
      const b = go(
        (function* () {
          error = yield* failureOf(ipcConnect(path, -1));
        })(),
      );
      hclose(b);
      expect(error).to.be.instanceOf(DillError);
      expect(error).to.include({ code: "ECANCELED", syscall: "ipc_connect", address: path });
      expect(descriptors()).to.equal(before);
    });

    it("gives ECANCELED to an attempt that waits for room, synchronously, whatever the path", async () => {
      const { path } = await fullListener();
      await run(
        (function* () {
          yield* fill(path);
          for (const addr of [path, `${dirname(path)}${"/".repeat(200)}s`]) {
            const before = descriptors();
            let error: unknown;
            const b = go(
              (function* () {
                error = yield* failureOf(ipcConnect(addr, -1));
              })(),
            );
            yield* letAttemptsFail();
            expect(error).to.equal(undefined);
            hclose(b);
            const { ECANCELED } = constants.errno;
            expect(error).to.include({ code: "ECANCELED", errno: -ECANCELED, address: addr });
            expect(error).to.include({ syscall: "ipc_connect" });
            expect(error).to.have.property("message").that.contains(addr);
            expect(descriptors()).to.equal(before);
          }
        })(),
      );
    });

    it("gives ECANCELED to an attempt under way at a long path, and leaves no descriptor", function* () {
      const path = socketPath();
      yield* ipcListen(path, 10);
      const before = descriptors();
      const codes: string[] = [];
      const b = go(
        (function* () {
          codes.push(yield* codeOf(ipcConnect(`${dirname(path)}${"/".repeat(200)}s`, -1)));
        })(),
      );
      hclose(b);
      expect(codes).to.deep.equal(["ECANCELED"]);
      expect(descriptors()).to.equal(before);
    });

    it("gives ECANCELED in a withDeadline block whose time is over, and ETIMEDOUT around it", async () => {
      const { path } = await fullListener();
      await run(
        (function* () {
          yield* fill(path);
          let code = "";
          const block = withDeadline(now() + 20, function* () {
            try {
              yield* ipcConnect(path, -1);
            } catch (error) {
              if (isErrno(error)) ({ code } = error);
              throw error;
            }
          });
          expect(yield* codeOf(block)).to.equal("ETIMEDOUT");
          expect(code).to.equal("ECANCELED");
        })(),
      );
    });

    it("gives ECANCELED to a coroutine that is being canceled, before all else", function* () {
      const path = socketPath();
      const ls = yield* ipcListen(path, 10);
      const codes: string[] = [];
      const b = go(
        (function* () {
          try {
            yield* msleep(-1);
          } finally {
            codes.push(yield* codeOf(ipcConnect(path, -1)));
            codes.push(yield* codeOf(ipcConnect("", NaN)));
          }
        })(),
      );
      hclose(b);
      expect(codes).to.deep.equal(["ECANCELED", "ECANCELED"]);
      expect(yield* codeOf(ipcAccept(ls, 0))).to.equal("ETIMEDOUT");
    });

    it("hands over the socket if the connection was made before it", function* () {
      const path = socketPath();
      yield* ipcListen(path, 10);
      let outcome: unknown;
      const b = go(
        (function* () {
          outcome = yield* ipcConnect(path, -1);
        })(),
      );
      yield* holdUpTheProcess();
      hclose(b);
      expect(outcome).to.be.a("number");
    });
  });

  describe("errors", () => {
    it("ENOENT: nothing is there, or a directory of the path is missing, or the path is empty", function* () {
      const path = socketPath();
      for (const addr of [path, join(path, "deeper"), ""]) {
        const error = yield* failureOf(ipcConnect(addr, -1));
        expect(error).to.include({ code: "ENOENT", syscall: "ipc_connect", address: addr });
        expect(error.errno).to.equal(-2);
      }
    });

    it("ENOTDIR: a directory of the path is a file", function* () {
      const path = socketPath();
      writeFileSync(path, "");
      expect(yield* codeOf(ipcConnect(join(path, "deeper"), -1))).to.equal("ENOTDIR");
    });

    it("ELOOP: the path runs in a circle", function* () {
      const folder = tempDir();
      symlinkSync(join(folder, "b"), join(folder, "a"));
      symlinkSync(join(folder, "a"), join(folder, "b"));
      expect(yield* codeOf(ipcConnect(join(folder, "a"), -1))).to.equal("ELOOP");
    });

    it("ECONNREFUSED: the file of a listener that is gone", async () => {
      const { path, peer } = await fullListener();
      await peer.kill();
      await run(
        (function* () {
          expect(yield* codeOf(ipcConnect(path, -1))).to.equal("ECONNREFUSED");
        })(),
      );
    });

    it("ECONNREFUSED: somebody listens, but not for streams", async () => {
      const path = socketPath();
      const peer = startPython(datagramListener, path);
      await peer.line();
      await run(
        (function* () {
          expect(yield* codeOf(ipcConnect(path, -1))).to.equal("ECONNREFUSED");
        })(),
      );
    });

    it("ECONNREFUSED: a regular file, a directory", function* () {
      const folder = tempDir();
      const file = join(folder, "file");
      writeFileSync(file, "");
      mkdirSync(join(folder, "sub"));
      expect(yield* codeOf(ipcConnect(file, -1))).to.equal("ECONNREFUSED");
      expect(yield* codeOf(ipcConnect(join(folder, "sub"), -1))).to.equal("ECONNREFUSED");
    });

    it("EINVAL: a NUL in the path, an abstract address, no string at all", function* () {
      for (const addr of ["/tmp/a\0b", "\0abstract", "\0"]) {
        const error = yield* failureOf(ipcConnect(addr, -1));
        expect(error).to.include({ code: "EINVAL", syscall: "ipc_connect", address: addr });
      }
      for (const addr of [undefined, null, 7, Buffer.from("/tmp/a"), {}]) {
        expect(yield* codeOf(ipcConnect(addr as string, -1))).to.equal("EINVAL");
      }
    });

    it("ENAMETOOLONG: over 4095 bytes, or a name over 255, counted in UTF-8", function* () {
      const long = yield* failureOf(ipcConnect("é".repeat(2048), -1));
      expect(long.message).to.contain("4096 bytes, at most 4095 fit");
      for (const name of ["n".repeat(256), "é".repeat(128)]) {
        const address = join(tempDir(), name);
        const error = yield* failureOf(ipcConnect(address, -1));
        expect(error).to.include({ code: "ENAMETOOLONG", address });
        expect(error.message).to.contain("a name in the path is 256 bytes, at most 255 fit");
      }
    });

    it("EACCES: the socket may not be written, a directory may not be searched", function* () {
      const unwritable = socketPath();
      yield* ipcListen(unwritable, 10, { mode: 0o000 });
      chmodSync(dirname(unwritable), 0o755);
      const unreachable = socketPath();
      yield* ipcListen(unreachable, 10, { mode: 0o777 });
      chmodSync(dirname(unreachable), 0o600);
      for (const address of [unwritable, unreachable]) {
        const failure: unknown = JSON.parse(yield* until(attempt("nobody", address)));
        expect(failure).to.include({ code: "EACCES", syscall: "ipc_connect", address });
      }
      chmodSync(dirname(unreachable), 0o700);
    });

    it("EMFILE: no descriptor is left", async () => {
      const path = socketPath();
      await run(
        (function* () {
          yield* ipcListen(path, 10);
          const failure: unknown = JSON.parse(yield* until(attemptExhausted(path)));
          expect(failure).to.include({ code: "EMFILE", syscall: "ipc_connect", address: path });
        })(),
      );
    });

    it("carry the stack of the coroutine, and Node's error as the cause", function* () {
      const missing = socketPath();
      const error = yield* (function* connectToTheMissing(): Coroutine<DillError> {
        return yield* failureOf(ipcConnect(missing, -1));
      })();
      expect(error.message).to.equal(`ENOENT: no such file or directory, ipc_connect '${missing}'`);
      expect(error.stack).to.contain("connectToTheMissing").and.contain("ipcConnect.test");
      expect(error.cause).to.include({ code: "ENOENT", syscall: "connect" });
      const early = yield* (function* connectToNowhere(): Coroutine<DillError> {
        return yield* failureOf(ipcConnect("", -1));
      })();
      expect(early.stack).to.contain("connectToNowhere");
    });
  });

  describe("leaves nothing behind", () => {
    it("no descriptor after any kind of failure", function* () {
      const folder = tempDir();
      const file = join(folder, "file");
      writeFileSync(file, "");
      const before = descriptors();
      for (const addr of [file, join(file, "x"), join(folder, "missing"), ""]) {
        yield* failureOf(ipcConnect(addr, -1));
      }
      expect(descriptors()).to.equal(before);
    });

    it("no socket after the end of the run", async () => {
      const path = socketPath();
      const before = descriptors();
      let s: IpcSocket | undefined;
      await run(
        (function* () {
          yield* ipcListen(path, 10);
          s = yield* ipcConnect(path, -1);
        })(),
      );
      expect(descriptors()).to.equal(before);
      expect(() => hclose(s as IpcSocket)).to.throw(DillError, "EBADF");
    });

    it("no process that stays alive for an idle socket", async () => {
      const path = socketPath();
      const peer = startPython(echoOnce, path);
      await peer.line();
      await run(
        (function* () {
          const idle = startFixture("idleSocket", path);
          expect(yield* until(idle.line())).to.equal("ended");
        })(),
      );
    });
  });
});

const echoOnce = `
import socket, sys
s = socket.socket(socket.AF_UNIX)
s.bind(sys.argv[1])
s.listen(5)
print("listening", flush=True)
c, _ = s.accept()
data = c.recv(100)
if data: c.sendall(data)
sys.stdin.read()
`;

const datagramListener = `
import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
print("listening", flush=True)
sys.stdin.read()
`;

const slowListener = `
import socket, sys
s = socket.socket(socket.AF_UNIX)
s.bind(sys.argv[1])
s.listen(1)
print("listening", flush=True)
kept = []
for line in sys.stdin:
    c, _ = s.accept()
    kept.append(c)
    print(c.recv(1).decode() if line == "greeting\\n" else "accepted", flush=True)
`;

/** A process that listens with the smallest backlog and accepts only when it is told to. */
async function fullListener(): Promise<{ path: string; peer: OtherProcess }> {
  const path = socketPath();
  const peer = startPython(slowListener, path);
  expect(await peer.line()).to.equal("listening");
  return { path, peer };
}

/** Connects until the backlog is full. */
function* fill(path: string): Coroutine<IpcSocket[]> {
  const sockets: IpcSocket[] = [];
  for (;;) {
    try {
      sockets.push(yield* ipcConnect(path, 0));
    } catch (error) {
      if (isErrno(error, "ETIMEDOUT")) return sockets;
      throw error;
    }
  }
}

/** Starts so many connects, and returns when the backlog has refused the first attempt of each. */
function* letWait(count: number, path: string, b: Bundle): Coroutine<string[]> {
  const before = descriptors();
  const codes: string[] = [];
  for (let i = 0; i < count; i++) bundleGo(b, wait());
  while (descriptors() > before + 1) yield* msleep(now() + 5);
  return codes;

  function* wait(): Coroutine {
    codes.push(yield* codeOf(ipcConnect(path, -1)));
  }
}

function countConnects(): { stop(): number } {
  const { connect } = Socket.prototype;
  let count = 0;
  Socket.prototype.connect = function (this: Socket, ...args: Parameters<typeof connect>) {
    count += 1;
    return connect.apply(this, args);
  } as typeof connect;
  return {
    stop() {
      Socket.prototype.connect = connect;
      return count;
    },
  };
}

function* connectAndSay(path: string, text: string): Coroutine {
  yield* bsend(yield* ipcConnect(path, -1), Buffer.from(text), -1);
}

function* connectAndEnd(path: string, deadline = -1): Coroutine {
  yield* ipcConnect(path, deadline);
}

/** Accepts one client for each line that it reads, and leaves a file as a mark. */
const markingListener = `
import socket, sys
l = socket.socket(socket.AF_UNIX)
l.bind(sys.argv[1])
l.listen(1)
print("listening", flush=True)
clients = []
for line in sys.stdin:
    clients.append(l.accept()[0])
    open(sys.argv[1] + ".accepted", "w").close()
`;

/** Prints whatever each client sends, in the order in which they came. */
const greedyListener = `
import socket, sys
l = socket.socket(socket.AF_UNIX)
l.bind(sys.argv[1])
l.listen(3)
print("listening", flush=True)
while True:
    c = l.accept()[0]
    b = c.recv(100)
    if b: print(b.decode(), flush=True)
`;

/** Long enough for every first attempt to be refused. */
function* letAttemptsFail(): Coroutine {
  yield* msleep(now() + 20);
}

function paddedPath(bytes: number): string {
  const folder = tempDir();
  return join(folder, "p".repeat(bytes - folder.length - 1));
}

async function attempt(how: string, path: string): Promise<string> {
  return (await startFixture("attempt", "connect", how, path).line()) ?? "";
}

async function attemptExhausted(path: string): Promise<string> {
  const peer = startWithFewDescriptors([
    ...fixtureCommand("attempt"),
    "connect",
    "exhausted",
    path,
  ]);
  expect(await peer.line()).to.equal("full");
  return (await peer.line()) ?? "";
}
