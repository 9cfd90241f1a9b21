import { expect } from "chai";
import {
  brecv,
  bsend,
  bundle,
  bundleClose,
  bundleGo,
  bundleWait,
  type Bytestream,
  copyBidirectional,
  go,
  hclose,
  ipcDone,
  ipcPair,
  join,
  msleep,
  now,
  run,
} from "libdill-ts";
import { bytestreamType, hquery } from "libdill-ts/impl";
import { tlsDetach, tlsDone, type TlsSocket } from "libdill-ts/tls";
import { limitedPair } from "../../support/bytestreams.js";
import { openDescriptors } from "../../support/descriptors.js";
import { codeOf, codeOrNone, failureOf } from "../../support/failure.js";
import { itBoth as it } from "../../support/it.js";
import { encrypt, tlsPair } from "../../support/tlsPair.js";

const flood = Buffer.alloc(4_000_000, "flood ");

describe("tlsDone", () => {
  it("ends the peer's receives with EPIPE, after all that was sent before", function* () {
    const [c, s] = yield* tlsPair();
    yield* bsend(c, Buffer.from("abc"), -1);
    yield* tlsDone(c, -1);
    expect(String(yield* brecv(s, 3, -1))).to.equal("abc");
    for (let i = 0; i < 2; i++) expect(yield* codeOf(brecv(s, 1, -1))).to.equal("EPIPE");
  });

  it("leaves the other direction open", function* () {
    const [c, s] = yield* tlsPair();
    yield* tlsDone(c, -1);
    expect(yield* codeOf(brecv(s, 1, -1))).to.equal("EPIPE");
    yield* bsend(s, Buffer.from("answer"), -1);
    expect(String(yield* brecv(c, 6, -1))).to.equal("answer");
    yield* tlsDone(s, -1);
    expect(yield* codeOf(brecv(c, 1, -1))).to.equal("EPIPE");
  });

  it("is heard even if the socket is closed at once", function* () {
    for (const sayDone of [tlsDone, doneAtOnce]) {
      const [c, s] = yield* tlsPair();
      yield* bsend(c, Buffer.from("abc"), -1);
      yield* sayDone(c, -1);
      hclose(c);
      expect(String(yield* brecv(s, 3, -1))).to.equal("abc");
      expect(yield* codeOf(brecv(s, 1, -1))).to.equal("EPIPE");
    }
  });

  it("is over when the run is, in which the socket is closed at once", async () => {
    for (const sayDone of [tlsDone, doneAtOnce]) {
      const before = openDescriptors().filter((each) => each.includes("socket:"));
      await run(
        (function* () {
          const [c] = yield* tlsPair();
          yield* bsend(c, Buffer.from("abc"), -1);
          yield* sayDone(c, -1);
          hclose(c);
        })(),
      );
      const after = openDescriptors().filter((each) => each.includes("socket:"));
      expect(after).to.have.length(before.length);
    }
  });

  it("is said on a bytestream that has send and receive only", function* () {
    const [c, s] = yield* encrypt(yield* limitedPair());
    yield* bsend(c, Buffer.from("abc"), -1);
    yield* tlsDone(c, -1);
    expect(String(yield* brecv(s, 3, -1))).to.equal("abc");
    expect(yield* codeOf(brecv(s, 1, -1))).to.equal("EPIPE");
  });

  it("is left to the program by a copy, on a bytestream that has send and receive only", function* () {
    const [left, a] = yield* ipcPair();
    const [c, s] = yield* encrypt(yield* limitedPair());
    yield* bsend(left, Buffer.from("abc"), -1);
    yield* ipcDone(left, -1);
    yield* tlsDone(s, -1);
    expect(yield* copyBidirectional(a, c, -1)).to.deep.equal({ aToB: 3, bToA: 0 });
    yield* tlsDone(c, -1);
    expect(String(yield* brecv(s, 3, -1))).to.equal("abc");
    expect(yield* codeOf(brecv(s, 1, -1))).to.equal("EPIPE");
  });

  it("cuts nothing short, whatever the deadline", function* () {
    for (const deadline of [0, 1, now() - 1, -1, Infinity]) {
      const [c, s] = yield* tlsPair();
      yield* bsend(c, Buffer.from("a"), -1);
      yield* tlsDone(c, deadline);
      yield* brecv(s, 1, -1);
      expect(yield* codeOf(brecv(s, 1, -1))).to.equal("EPIPE");
    }
  });

  describe("cancellation", () => {
    it("lets a coroutine that is being canceled say so, too", function* () {
      const [c, s] = yield* tlsPair();
      hclose(go(untilCanceled(c)));
      expect(String(yield* brecv(s, 3, -1))).to.equal("bye");
      expect(yield* codeOf(brecv(s, 1, -1))).to.equal("EPIPE");
    });

    it("in a grace, ECANCELED comes from where it would wait, and it has been said", function* () {
      const [c, s] = yield* tlsPair();
      const b = bundle();
      bundleGo(b, untilCanceled(c));
      yield* bundleClose(b, now() + 1000);
      expect(String(yield* brecv(s, 3, -1))).to.equal("bye");
      expect(yield* codeOf(brecv(s, 1, -1))).to.equal("EPIPE");
    });
  });

  describe("errors", () => {
    it("EPIPE: it has been said already", function* () {
      const [c] = yield* tlsPair();
      yield* tlsDone(c, -1);
      const error = yield* failureOf(tlsDone(c, -1));
      expect(error).to.include({ code: "EPIPE", syscall: "tls_done" });
      expect(yield* codeOf(bsend(c, Buffer.from("x"), -1))).to.equal("EPIPE");
    });

    it("EBUSY: a coroutine is sending, and goes on", function* () {
      const [c, s] = yield* tlsPair();
      const sender = go(
        (function* () {
          yield* bsend(c, flood, -1);
        })(),
      );
      expect(yield* codeOf(tlsDone(c, -1))).to.equal("EBUSY");
      expect(yield* brecv(s, flood.length, -1)).to.deep.equal(flood);
      yield* join(sender, -1);
      hclose(sender);
    });

    it("ECONNRESET: an earlier send failed", function* () {
      const [c] = yield* tlsPair();
      expect(yield* codeOf(bsend(c, flood, 0))).to.equal("ETIMEDOUT");
      expect(yield* codeOf(tlsDone(c, -1))).to.equal("ECONNRESET");
    });

    it("EINVAL: the deadline is none, and nothing has been said", function* () {
      const [c, s] = yield* tlsPair();
      for (const deadline of [Number.NaN, -2]) {
        expect(yield* codeOf(tlsDone(c, deadline))).to.equal("EINVAL");
      }
      yield* bsend(c, Buffer.from("x"), -1);
      expect(String(yield* brecv(s, 1, -1))).to.equal("x");
    });

    it("ETIMEDOUT and ECANCELED: a bytestream without post does not take it", function* () {
      for (const [deadline, code] of [
        [0, "ETIMEDOUT"],
        [-1, "ECANCELED"],
      ] as const) {
        const [c] = yield* encrypt(yield* limitedPair());
        yield* fill(c);
        const codes: string[] = [];
        const b = bundle();
        bundleGo(b, report(codes, c, deadline));
        yield* msleep(now() + 5);
        hclose(b);
        expect(codes[0]).to.be.oneOf([code, "ECONNRESET"]);
      }
    });

    it("EBADF: the handle is not open", function* () {
      const [c] = yield* tlsPair();
      hclose(c);
      expect(yield* codeOf(tlsDone(c, -1))).to.equal("EBADF");
    });

    it("ENOTSUP: the handle is no TLS socket", function* () {
      const [a] = yield* ipcPair();
      for (const h of [a, bundle()] as unknown[]) {
        expect(yield* codeOf(tlsDone(h as TlsSocket, -1))).to.equal("ENOTSUP");
      }
    });
  });

  it("EPIPE after a detach that has begun with it", function* () {
    const [c, s] = yield* tlsPair();
    yield* tlsDone(s, -1);
    const b = bundle();
    bundleGo(b, detach(s));
    const plain = yield* tlsDetach(c, -1);
    yield* bundleWait(b, -1);
    expect(yield* codeOf(tlsDone(plain as unknown as TlsSocket, -1))).to.equal("ENOTSUP");
  });
});

function* detach(s: TlsSocket) {
  hclose(yield* tlsDetach(s, -1));
}

/** As a stream of Node's says it, and a relay. */
function* doneAtOnce(s: Bytestream, _deadline: number) {
  hquery(s, bytestreamType).done?.("done");
}

function* untilCanceled(s: TlsSocket) {
  try {
    yield* msleep(-1);
  } finally {
    yield* bsend(s, Buffer.from("bye"), -1);
    yield* codeOrNone(tlsDone(s, -1));
  }
}

function* fill(s: Bytestream) {
  while ((yield* codeOrNone(bsend(s, Buffer.alloc(1000), 0))) === "none");
}

function* report(codes: string[], s: TlsSocket, deadline: number) {
  codes.push(yield* codeOrNone(tlsDone(s, deadline)));
}
