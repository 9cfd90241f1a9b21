// ipcClose and tcpClose.
import { expect } from "chai";
import { run as runEffection } from "effection";
import {
  brecv,
  bsend,
  bundle,
  type Bytestream,
  type Coroutine,
  go,
  hclose,
  msleep,
  now,
  type Operation,
  yieldNow,
} from "libdill-ts";
import { overCarriers } from "../support/carriers.js";
import { codeOf, failureOf } from "../support/failure.js";
import { it as itOnNode, itBoth as it } from "../support/it.js";

const flood = Buffer.alloc(16_000_000, "flood ");

overCarriers("close", (carrier) => {
  const { pair, accept, done, close } = carrier;

  it("says that it is done, waits for the peer's end, and closes", function* () {
    const [a, b] = yield* pair();
    const log: string[] = [];
    const closer = go(
      (function* () {
        yield* close(a, -1);
        log.push("closed");
      })(),
    );
    expect(yield* codeOf(brecv(b, 1, -1))).to.equal("EPIPE");
    expect(log).to.deep.equal([]);
    yield* close(b, -1);
    while (log.length === 0) yield* msleep(now() + 1);
    expect(yield* codeOf(done(a, -1))).to.equal("EBADF");
    expect(yield* codeOf(done(b, -1))).to.equal("EBADF");
    hclose(closer);
  });

  it("drops what the peer still sends", function* () {
    const [a, b] = yield* pair();
    const closer = go(
      (function* () {
        yield* close(a, -1);
      })(),
    );
    yield* bsend(b, flood, -1);
    yield* close(b, -1);
    hclose(closer);
  });

  it("does not wait if both ends have been said already", function* () {
    const [a, b] = yield* pair();
    yield* done(a, -1);
    yield* done(b, -1);
    expect(yield* codeOf(brecv(a, 1, -1))).to.equal("EPIPE");
    yield* close(a, 0);
    yield* close(b, 0);
  });

  it("closes a listener", function* () {
    const { ls } = yield* carrier.listen();
    yield* close(ls, 0);
    expect(yield* codeOf(accept(ls, -1))).to.equal("EBADF");
  });

  it("wakes a coroutine that waits on the listener with EBADF", function* () {
    const { ls } = yield* carrier.listen();
    const codes: string[] = [];
    const waiting = go(report(codes, accept(ls, -1)));
    yield* close(ls, -1);
    yield* yieldNow();
    expect(codes).to.deep.equal(["EBADF"]);
    hclose(waiting);
  });

  it("works in an Effection program", async () => {
    await runEffection(function* () {
      const [a, b] = yield* pair();
      hclose(b);
      yield* close(a, -1);
    });
  });

  describe("deadline", () => {
    it("gives ETIMEDOUT when the peer does not end, and closes all the same", function* () {
      for (const deadline of [now() + 20, 0, now() - 1]) {
        const [a, b] = yield* pair();
        const error = yield* failureOf(close(a, deadline));
        expect(error).to.include({ code: "ETIMEDOUT", syscall: `${carrier.prefix}_close` });
        if (deadline > 0) expect(now()).to.be.at.least(deadline);
        expect(yield* codeOf(done(a, -1))).to.equal("EBADF");
        expect(yield* codeOf(brecv(b, 1, -1))).to.equal("EPIPE");
      }
    });

    it("0 succeeds if the peer's end has come", function* () {
      const [a, b] = yield* pair();
      yield* bsend(b, Buffer.from("unread"), -1);
      hclose(b);
      yield* close(a, 0);
    });

    itOnNode("hits even while the peer sends without end", function* () {
      const [a, b] = yield* pair();
      const codes: string[] = [];
      const flooder = go(
        (function* () {
          for (;;) {
            const code = yield* codeOrSuccess(bsend(b, flood, -1));
            if (code === "ok") continue;
            codes.push(code);
            codes.push(yield* codeOf(close(b, -1)));
            return;
          }
        })(),
      );
      expect(yield* codeOf(close(a, now() + 50))).to.equal("ETIMEDOUT");
      while (codes.length < 2) yield* msleep(now() + 1);
      expect(codes).to.deep.equal(["ECONNRESET", "ECONNRESET"]);
      hclose(flooder);
    });

    it("is EINVAL if it is no point in time, and the handle stays open", function* () {
      const [a, b] = yield* pair();
      expect(yield* codeOf(close(a, NaN))).to.equal("EINVAL");
      yield* bsend(a, Buffer.from("x"), -1);
      expect(String(yield* brecv(b, 1, -1))).to.equal("x");
    });
  });

  describe("cancellation", () => {
    it("throws ECANCELED, and the socket is closed", function* () {
      const [a, b] = yield* pair();
      const codes: string[] = [];
      hclose(go(report(codes, close(a, -1))));
      expect(codes).to.deep.equal(["ECANCELED"]);
      expect(yield* codeOf(done(a, -1))).to.equal("EBADF");
      expect(yield* codeOf(brecv(b, 1, -1))).to.equal("EPIPE");
    });

    it("does not keep a canceled coroutine from closing what has ended", function* () {
      const [a, b] = yield* pair();
      hclose(b);
      expect(yield* codeOf(brecv(a, 1, -1))).to.equal("EPIPE");
      let isClosed = false;
      hclose(
        go(
          (function* () {
            try {
              yield* msleep(-1);
            } finally {
              yield* close(a, -1);
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
        const [a, b] = yield* pair();
        yield* spoil(a, b);
        const error = yield* failureOf(close(a, -1));
        expect(error).to.include({ code: "ECONNRESET", syscall: `${carrier.prefix}_close` });
        expect(yield* codeOf(done(a, -1))).to.equal("EBADF");
      }
    });

    it("ECONNRESET: one direction is broken, also when the other one has ended", function* () {
      const [a, b] = yield* pair();
      yield* done(b, -1);
      expect(yield* codeOf(brecv(a, 1, -1))).to.equal("EPIPE");
      yield* spoilSending(a);
      expect(yield* codeOf(close(a, -1))).to.equal("ECONNRESET");
      const [c, d] = yield* pair();
      yield* done(c, -1);
      yield* spoilReceiving(c, d);
      expect(yield* codeOf(close(c, -1))).to.equal("ECONNRESET");
    });

    it("EBADF: the handle is not open", function* () {
      const [a] = yield* pair();
      hclose(a);
      expect(yield* codeOf(close(a, -1))).to.equal("EBADF");
    });

    it("EBADF: the handle is closed meanwhile", function* () {
      const [a] = yield* pair();
      const codes: string[] = [];
      const closer = go(report(codes, close(a, -1)));
      hclose(a);
      yield* yieldNow();
      expect(codes).to.deep.equal(["EBADF"]);
      hclose(closer);
    });

    it("EBUSY: another coroutine is receiving; the socket is closed under it", function* () {
      const [a] = yield* pair();
      const codes: string[] = [];
      const receiver = go(report(codes, brecv(a, 1, -1)));
      expect(yield* codeOf(close(a, -1))).to.equal("EBUSY");
      yield* yieldNow();
      expect(codes).to.deep.equal(["EBADF"]);
      hclose(receiver);
    });

    it("ENOTSUP: the handle is not such a socket; it stays open", function* () {
      const b = bundle();
      expect(yield* codeOf(close(b, -1))).to.equal("ENOTSUP");
      hclose(b);
    });
  });

  describe("leaves nothing behind", () => {
    it("after many connections", function* () {
      const { ls, connect } = yield* carrier.listen();
      for (let i = 0; i < 100; i++) {
        const client = yield* connect(-1);
        const server = yield* accept(ls, -1);
        yield* done(client, -1);
        yield* done(server, -1);
        yield* close(client, -1);
        yield* close(server, -1);
      }
    });
  });
});

function* spoilReceiving(s: Bytestream, peer: Bytestream): Coroutine {
  yield* bsend(peer, Buffer.from("x"), -1);
  yield* failureOf(brecv(s, 2, 0));
}

function* spoilSending(s: Bytestream): Coroutine {
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
