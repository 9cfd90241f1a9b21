import { expect } from "chai";
import { run as runEffection } from "effection";
import { existsSync } from "node:fs";
import {
  brecv,
  bsend,
  bundle,
  type Coroutine,
  go,
  hclose,
  ipcAccept,
  ipcClose,
  ipcConnect,
  ipcDone,
  ipcListen,
  ipcPair,
  type IpcSocket,
  msleep,
  now,
  type Operation,
  yieldNow,
} from "libdill-ts";
import { codeOf, failureOf } from "../support/failure.js";
import { it } from "../support/it.js";
import { socketPath } from "../support/tempDir.js";

const flood = Buffer.alloc(4_000_000, "flood ");

describe("ipcClose", () => {
  it("says that it is done, waits for the peer's end, and closes", function* () {
    const [a, b] = yield* ipcPair();
    const log: string[] = [];
    const closer = go(
      (function* () {
        yield* ipcClose(a, -1);
        log.push("closed");
      })(),
    );
    expect(yield* codeOf(brecv(b, 1, -1))).to.equal("EPIPE");
    expect(log).to.deep.equal([]);
    yield* ipcClose(b, -1);
    while (log.length === 0) yield* msleep(now() + 1);
    expect(yield* codeOf(ipcDone(a, -1))).to.equal("EBADF");
    expect(yield* codeOf(ipcDone(b, -1))).to.equal("EBADF");
    hclose(closer);
  });

  it("drops what the peer still sends", function* () {
    const [a, b] = yield* ipcPair();
    const closer = go(
      (function* () {
        yield* ipcClose(a, -1);
      })(),
    );
    yield* bsend(b, flood, -1);
    yield* ipcClose(b, -1);
    hclose(closer);
  });

  it("does not wait if both ends have been said already", function* () {
    const [a, b] = yield* ipcPair();
    yield* ipcDone(a, -1);
    yield* ipcDone(b, -1);
    expect(yield* codeOf(brecv(a, 1, -1))).to.equal("EPIPE");
    yield* ipcClose(a, 0);
    yield* ipcClose(b, 0);
  });

  it("closes a listener, and removes its file", function* () {
    const path = socketPath();
    const ls = yield* ipcListen(path, 10);
    yield* ipcClose(ls, 0);
    expect(existsSync(path)).to.equal(false);
    expect(yield* codeOf(ipcAccept(ls, -1))).to.equal("EBADF");
  });

  it("wakes a coroutine that waits on the listener with EBADF", function* () {
    const ls = yield* ipcListen(socketPath(), 10);
    const codes: string[] = [];
    const waiting = go(report(codes, ipcAccept(ls, -1)));
    yield* ipcClose(ls, -1);
    yield* yieldNow();
    expect(codes).to.deep.equal(["EBADF"]);
    hclose(waiting);
  });

  it("works in an Effection program", async () => {
    await runEffection(function* () {
      const [a, b] = yield* ipcPair();
      hclose(b);
      yield* ipcClose(a, -1);
    });
  });

  describe("deadline", () => {
    it("gives ETIMEDOUT when the peer does not end, and closes all the same", function* () {
      for (const deadline of [now() + 20, 0, now() - 1]) {
        const [a, b] = yield* ipcPair();
        const error = yield* failureOf(ipcClose(a, deadline));
        expect(error).to.include({ code: "ETIMEDOUT", syscall: "ipc_close" });
        if (deadline > 0) expect(now()).to.be.at.least(deadline);
        expect(yield* codeOf(ipcDone(a, -1))).to.equal("EBADF");
        expect(yield* codeOf(brecv(b, 1, -1))).to.equal("EPIPE");
      }
    });

    it("0 succeeds if the peer's end has come", function* () {
      const [a, b] = yield* ipcPair();
      yield* bsend(b, Buffer.from("unread"), -1);
      hclose(b);
      yield* ipcClose(a, 0);
    });

    it("hits even while the peer sends without end", function* () {
      const [a, b] = yield* ipcPair();
      const codes: string[] = [];
      const flooder = go(
        (function* () {
          for (;;) {
            const code = yield* codeOrSuccess(bsend(b, flood, -1));
            if (code === "ok") continue;
            codes.push(code);
            codes.push(yield* codeOf(ipcClose(b, -1)));
            return;
          }
        })(),
      );
      expect(yield* codeOf(ipcClose(a, now() + 50))).to.equal("ETIMEDOUT");
      while (codes.length < 2) yield* msleep(now() + 1);
      expect(codes).to.deep.equal(["ECONNRESET", "ECONNRESET"]);
      hclose(flooder);
    });

    it("is EINVAL if it is no point in time, and the handle stays open", function* () {
      const [a, b] = yield* ipcPair();
      expect(yield* codeOf(ipcClose(a, NaN))).to.equal("EINVAL");
      yield* bsend(a, Buffer.from("x"), -1);
      expect(String(yield* brecv(b, 1, -1))).to.equal("x");
    });
  });

  describe("cancellation", () => {
    it("throws ECANCELED, and the socket is closed", function* () {
      const [a, b] = yield* ipcPair();
      const codes: string[] = [];
      hclose(go(report(codes, ipcClose(a, -1))));
      expect(codes).to.deep.equal(["ECANCELED"]);
      expect(yield* codeOf(ipcDone(a, -1))).to.equal("EBADF");
      expect(yield* codeOf(brecv(b, 1, -1))).to.equal("EPIPE");
    });

    it("does not keep a canceled coroutine from closing what has ended", function* () {
      const [a, b] = yield* ipcPair();
      hclose(b);
      expect(yield* codeOf(brecv(a, 1, -1))).to.equal("EPIPE");
      let isClosed = false;
      hclose(
        go(
          (function* () {
            try {
              yield* msleep(-1);
            } finally {
              yield* ipcClose(a, -1);
              isClosed = true;
            }
          })(),
        ),
      );
      expect(isClosed).to.equal(true);
    });
  });

  describe("errors", () => {
    it("ECONNRESET: one direction is broken, and the socket is closed", function* () {
      for (const spoil of [spoilReceiving, spoilSending]) {
        const [a, b] = yield* ipcPair();
        yield* spoil(a, b);
        const error = yield* failureOf(ipcClose(a, -1));
        expect(error).to.include({ code: "ECONNRESET", syscall: "ipc_close" });
        expect(yield* codeOf(ipcDone(a, -1))).to.equal("EBADF");
      }
    });

    it("ECONNRESET: one direction is broken, also when the other one has ended", function* () {
      const [a, b] = yield* ipcPair();
      yield* ipcDone(b, -1);
      expect(yield* codeOf(brecv(a, 1, -1))).to.equal("EPIPE");
      yield* spoilSending(a);
      expect(yield* codeOf(ipcClose(a, -1))).to.equal("ECONNRESET");
      const [c, d] = yield* ipcPair();
      yield* ipcDone(c, -1);
      yield* spoilReceiving(c, d);
      expect(yield* codeOf(ipcClose(c, -1))).to.equal("ECONNRESET");
    });

    it("EBADF: the handle is not open", function* () {
      const [a] = yield* ipcPair();
      hclose(a);
      expect(yield* codeOf(ipcClose(a, -1))).to.equal("EBADF");
    });

    it("EBADF: the handle is closed meanwhile", function* () {
      const [a] = yield* ipcPair();
      const codes: string[] = [];
      const closer = go(report(codes, ipcClose(a, -1)));
      hclose(a);
      yield* yieldNow();
      expect(codes).to.deep.equal(["EBADF"]);
      hclose(closer);
    });

    it("EBUSY: another coroutine is receiving; the socket is closed under it", function* () {
      const [a] = yield* ipcPair();
      const codes: string[] = [];
      const receiver = go(report(codes, brecv(a, 1, -1)));
      expect(yield* codeOf(ipcClose(a, -1))).to.equal("EBUSY");
      yield* yieldNow();
      expect(codes).to.deep.equal(["EBADF"]);
      hclose(receiver);
    });

    it("ENOTSUP: the handle is not an ipc socket; it stays open", function* () {
      const b = bundle();
      expect(yield* codeOf(ipcClose(b as unknown as IpcSocket, -1))).to.equal("ENOTSUP");
      hclose(b);
    });
  });

  describe("leaves nothing behind", () => {
    it("after many connections", function* () {
      const path = socketPath();
      const ls = yield* ipcListen(path, 10);
      for (let i = 0; i < 100; i++) {
        const client = yield* ipcConnect(path, -1);
        const server = yield* ipcAccept(ls, -1);
        yield* ipcDone(client, -1);
        yield* ipcDone(server, -1);
        yield* ipcClose(client, -1);
        yield* ipcClose(server, -1);
      }
    });
  });
});

function* spoilReceiving(s: IpcSocket, peer: IpcSocket): Coroutine {
  yield* bsend(peer, Buffer.from("x"), -1);
  yield* failureOf(brecv(s, 2, 0));
}

function* spoilSending(s: IpcSocket): Coroutine {
  yield* failureOf(bsend(s, flood, 0));
}

function* report(codes: string[], operation: Operation<unknown>): Coroutine {
  codes.push(yield* codeOf(operation));
}

function* codeOrSuccess(operation: Operation<void>): Coroutine<string> {
  try {
    return yield* codeOf(operation);
  } catch {
    return "ok";
  }
}
