import { existsSync } from "node:fs";
import { expect } from "chai";
import {
  brecv,
  bsend,
  chmake,
  type Coroutine,
  go,
  hclose,
  ipcClose,
  ipcDone,
  ipcListen,
  ipcPair,
  type IpcSocket,
  join,
  now,
} from "libdill-ts";
import { codeOf } from "../support/failure.js";
import { it } from "../support/it.js";
import { socketPath } from "../support/tempDir.js";

describe("ipcClose", () => {
  it("waits for the peer's end and drops what it still sends", function* () {
    const [a, b] = yield* ipcPair();
    const closing = go(close(a));
    expect(yield* codeOf(brecv(b, 1, -1))).to.equal("EPIPE");
    yield* bsend(b, Buffer.from("too late"), -1);
    yield* ipcClose(b, -1);
    expect(yield* join(closing, -1)).to.equal("closed");
    expect(yield* codeOf(ipcClose(a, -1))).to.equal("EBADF");
    expect(yield* codeOf(ipcClose(b, -1))).to.equal("EBADF");
    hclose(closing);
  });

  it("after ipcDone only waits", function* () {
    const [a, b] = yield* ipcPair();
    yield* ipcDone(a, -1);
    yield* ipcDone(b, -1);
    yield* ipcClose(a, -1);
    yield* ipcClose(b, -1);
  });

  it("just closes a listener", function* () {
    const path = socketPath();
    const ls = yield* ipcListen(path, 1);
    yield* ipcClose(ls, -1);
    expect(existsSync(path)).to.equal(false);
    expect(yield* codeOf(ipcClose(ls, -1))).to.equal("EBADF");
  });

  describe("deadline", () => {
    it("is ETIMEDOUT when the peer does not end, and closes the socket", function* () {
      const [a, b] = yield* ipcPair();
      expect(yield* codeOf(ipcClose(a, now() + 10))).to.equal("ETIMEDOUT");
      expect(yield* codeOf(brecv(a, 1, -1))).to.equal("EBADF");
      expect(yield* codeOf(brecv(b, 1, -1))).to.equal("EPIPE");
      hclose(b);
    });

    it("0 lets it wait for nothing", function* () {
      const [a, b] = yield* ipcPair();
      expect(yield* codeOf(ipcClose(a, 0))).to.equal("ETIMEDOUT");
      hclose(b);
    });
  });

  describe("cancellation", () => {
    it("is ECANCELED, and the socket is closed", function* () {
      const [a, b] = yield* ipcPair();
      const codes: string[] = [];
      const h = go(
        (function* (): Coroutine {
          codes.push(yield* codeOf(ipcClose(a, -1)));
        })(),
      );
      hclose(h);
      expect(codes).to.deep.equal(["ECANCELED"]);
      expect(yield* codeOf(ipcClose(a, -1))).to.equal("EBADF");
      hclose(b);
    });
  });

  describe("errors", () => {
    it("ECONNRESET: a direction is broken; the socket is closed", function* () {
      for (const breakIt of [breakReceiving, breakSending]) {
        const [a, b] = yield* ipcPair();
        yield* breakIt(a);
        expect(yield* codeOf(ipcClose(a, -1))).to.equal("ECONNRESET");
        expect(yield* codeOf(ipcClose(a, -1))).to.equal("EBADF");
        hclose(b);
      }
    });

    it("EBUSY: another coroutine is receiving; it gets EBADF", function* () {
      const [a, b] = yield* ipcPair();
      const receiving = go(
        (function* (): Coroutine<string> {
          return yield* codeOf(brecv(a, 1, -1));
        })(),
      );
      expect(yield* codeOf(ipcClose(a, -1))).to.equal("EBUSY");
      expect(yield* join(receiving, -1)).to.equal("EBADF");
      hclose(receiving);
      hclose(b);
    });

    it("EINVAL and ENOTSUP leave the handle open", function* () {
      const [a, b] = yield* ipcPair();
      const [x, y] = chmake();
      expect(yield* codeOf(ipcClose(a, Number.NaN))).to.equal("EINVAL");
      expect(yield* codeOf(ipcClose(x as never, -1))).to.equal("ENOTSUP");
      for (const h of [a, b, x, y]) hclose(h);
    });
  });
});

function* close(s: IpcSocket): Coroutine<string> {
  yield* ipcClose(s, -1);
  return "closed";
}

function* breakReceiving(s: IpcSocket): Coroutine {
  expect(yield* codeOf(brecv(s, 1, now() + 1))).to.equal("ETIMEDOUT");
}

function* breakSending(s: IpcSocket): Coroutine {
  expect(yield* codeOf(bsend(s, Buffer.alloc(4_000_000), now() + 1))).to.equal("ETIMEDOUT");
}
