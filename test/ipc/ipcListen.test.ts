import { existsSync, mkdirSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join as joinPath } from "node:path";
import { expect } from "chai";
import { bundle, go, hclose, ipcConnect, ipcListen, join, msleep } from "libdill-ts";
import { codeOf, failureOf } from "../support/failure.js";
import { it } from "../support/it.js";
import { fixture, stopPeers } from "../support/peer.js";
import { socketPath, tempDir } from "../support/tempDir.js";

describe("ipcListen", () => {
  afterEach(stopPeers);

  it("makes a socket file, and hclose removes it", function* () {
    const path = socketPath();
    const ls = yield* ipcListen(path, 10);
    expect(statSync(path).isSocket()).to.equal(true);
    hclose(ls);
    expect(existsSync(path)).to.equal(false);
  });

  it("does nothing before the yield*", function* () {
    const path = socketPath();
    ipcListen(path, 10); // not yielded on purpose
    expect(existsSync(path)).to.equal(false);
    yield;
  });

  it("gives the file the mode it is told, whatever the umask", function* () {
    for (const mode of [0o600, 0o660, 0o777]) {
      const path = socketPath();
      const before = process.umask();
      const ls = yield* ipcListen(path, 10, { mode });
      expect(statSync(path).mode & 0o777).to.equal(mode);
      expect(process.umask()).to.equal(before);
      hclose(ls);
    }
  });

  it("takes a backlog of 0", function* () {
    const path = socketPath();
    const ls = yield* ipcListen(path, 0);
    hclose(yield* ipcConnect(path, -1));
    hclose(ls);
  });

  describe("cancellation", () => {
    it("leaves no file behind: ECANCELED", function* () {
      const path = socketPath();
      const h = go(codeOf(ipcListen(path, 10)));
      hclose(h);
      expect(existsSync(path)).to.equal(false);
      yield;
    });

    it("is ECANCELED before all else in a coroutine that is being canceled", function* () {
      const codes: string[] = [];
      const h = go(
        (function* () {
          try {
            yield* msleep(-1);
          } finally {
            codes.push(yield* codeOf(ipcListen("", 10)));
          }
        })(),
      );
      hclose(h);
      expect(codes).to.deep.equal(["ECANCELED"]);
      yield;
    });
  });

  describe("errors", () => {
    it("EADDRINUSE: there is a file of that name, a listener's or any other", function* () {
      const path = socketPath();
      const ls = yield* ipcListen(path, 10);
      const error = yield* failureOf(ipcListen(path, 10));
      expect(error).to.include({ code: "EADDRINUSE", syscall: "ipc_listen", address: path });
      hclose(ls);
      writeFileSync(path, "");
      expect(yield* codeOf(ipcListen(path, 10))).to.equal("EADDRINUSE");
    });

    it("ENOENT: a directory of the path is missing, or the path is empty", function* () {
      expect(yield* codeOf(ipcListen(joinPath(tempDir(), "no", "s"), 10))).to.equal("ENOENT");
      expect(yield* codeOf(ipcListen("", 10))).to.equal("ENOENT");
    });

    it("ENOTDIR: a directory of the path is a file", function* () {
      const file = socketPath();
      writeFileSync(file, "");
      expect(yield* codeOf(ipcListen(joinPath(file, "s"), 10))).to.equal("ENOTDIR");
    });

    it("ELOOP: the path runs in a circle", function* () {
      const folder = tempDir();
      symlinkSync(joinPath(folder, "b"), joinPath(folder, "a"));
      symlinkSync(joinPath(folder, "a"), joinPath(folder, "b"));
      expect(yield* codeOf(ipcListen(joinPath(folder, "a", "s"), 10))).to.equal("ELOOP");
    });

    it("ENAMETOOLONG: over 107 bytes, or a name over 255; nothing is cut", function* () {
      const long = joinPath(tempDir(), "x".repeat(100));
      const error = yield* failureOf(ipcListen(long, 10));
      expect(error.message).to.match(/^ENAMETOOLONG: path is \d+ bytes, at most 107 fit/);
      expect(yield* codeOf(ipcListen("x".repeat(256), 10))).to.equal("ENAMETOOLONG");
    });

    it("EINVAL: no string, a NUL, an abstract address; no backlog, no mode", function* () {
      const path = socketPath();
      const wrong = [
        ipcListen(5 as never, 10),
        ipcListen("a\0b", 10),
        ipcListen("\0abstract", 10),
        ipcListen(path, -1),
        ipcListen(path, 1.5),
        ipcListen(path, 10, { mode: 0o1000 }),
        ipcListen(path, 10, { mode: "600" as never }),
      ];
      for (const operation of wrong) expect(yield* codeOf(operation)).to.equal("EINVAL");
      expect(existsSync(path)).to.equal(false);
    });

    it("EACCES: the directory may not be written", async () => {
      const folder = tempDir();
      mkdirSync(joinPath(folder, "d"), { mode: 0o755 });
      const attempt = fixture("attempt", "listen", "nobody", joinPath(folder, "d", "s"));
      expect(JSON.parse((await attempt.line()) ?? "")).to.include({ code: "EACCES" });
    });

    it("EMFILE: no descriptor is left", async () => {
      const attempt = fixture("attempt", "listen", "exhausted", socketPath());
      expect(await attempt.line()).to.equal("full");
      expect(JSON.parse((await attempt.line()) ?? "")).to.include({ code: "EMFILE" });
    });
  });

  describe("leaves nothing behind", () => {
    it("no listener after the end of the run", async () => {
      const path = socketPath();
      const { run } = await import("libdill-ts");
      await run(
        (function* () {
          yield* ipcListen(path, 10);
          bundle();
        })(),
      );
      expect(existsSync(path)).to.equal(false);
    });

    it("no value but the handle, for the coroutine that joins", function* () {
      const path = socketPath();
      const h = go(
        (function* () {
          return yield* ipcListen(path, 10);
        })(),
      );
      hclose(yield* join(h, -1));
      hclose(h);
    });
  });
});
