import { expect } from "chai";
import {
  brecv,
  bsend,
  type Coroutine,
  go,
  hclose,
  ipcDone,
  ipcListen,
  ipcPair,
  join,
  msleep,
  now,
} from "libdill-ts";
import { codeOf } from "../support/failure.js";
import { it } from "../support/it.js";
import { socketPath } from "../support/tempDir.js";

describe("ipcDone", () => {
  it("ends the peer's receives with EPIPE after all that was sent, and leaves receiving alone", function* () {
    const [a, b] = yield* ipcPair();
    yield* bsend(a, Buffer.from("ABC"), -1);
    yield* ipcDone(a, -1);
    expect((yield* brecv(b, 3, -1)).toString()).to.equal("ABC");
    expect(yield* codeOf(brecv(b, 1, -1))).to.equal("EPIPE");
    expect(yield* codeOf(brecv(b, 1, -1))).to.equal("EPIPE");
    yield* bsend(b, Buffer.from("DEF"), -1);
    expect((yield* brecv(a, 3, -1)).toString()).to.equal("DEF");
    hclose(a);
    hclose(b);
  });

  it("fails a coroutine that is blocked sending with ECONNRESET, then EPIPE", function* () {
    const [a, b] = yield* ipcPair();
    const sending = go(
      (function* (): Coroutine<string[]> {
        const big = Buffer.alloc(4_000_000);
        return [yield* codeOf(bsend(a, big, -1)), yield* codeOf(bsend(a, big, -1))];
      })(),
    );
    yield* ipcDone(a, -1);
    expect(yield* join(sending, -1)).to.deep.equal(["ECONNRESET", "EPIPE"]);
    for (const h of [sending, a, b]) hclose(h);
  });

  describe("cancellation", () => {
    it("works in a coroutine that is being canceled", function* () {
      const [a, b] = yield* ipcPair();
      const h = go(
        (function* (): Coroutine {
          try {
            yield* msleep(-1);
          } finally {
            yield* ipcDone(a, -1);
          }
        })(),
      );
      hclose(h);
      expect(yield* codeOf(brecv(b, 1, -1))).to.equal("EPIPE");
      hclose(a);
      hclose(b);
    });
  });

  describe("errors", () => {
    it("EPIPE: it has been said already, also for a send after it", function* () {
      const [a, b] = yield* ipcPair();
      yield* ipcDone(a, -1);
      expect(yield* codeOf(ipcDone(a, -1))).to.equal("EPIPE");
      expect(yield* codeOf(bsend(a, Buffer.from("x"), -1))).to.equal("EPIPE");
      hclose(a);
      hclose(b);
    });

    it("ECONNRESET: an earlier send has failed", function* () {
      const [a, b] = yield* ipcPair();
      const late = now() + 5;
      expect(yield* codeOf(bsend(a, Buffer.alloc(4_000_000), late))).to.equal("ETIMEDOUT");
      expect(yield* codeOf(ipcDone(a, -1))).to.equal("ECONNRESET");
      hclose(a);
      hclose(b);
    });

    it("EBADF, ENOTSUP and EINVAL: no handle, a listener, no deadline", function* () {
      const [a, b] = yield* ipcPair();
      hclose(b);
      const ls = yield* ipcListen(socketPath(), 1);
      expect(yield* codeOf(ipcDone(b, -1))).to.equal("EBADF");
      expect(yield* codeOf(ipcDone(ls as never, -1))).to.equal("ENOTSUP");
      expect(yield* codeOf(ipcDone(a, -2))).to.equal("EINVAL");
      hclose(a);
      hclose(ls);
    });
  });
});
