// What a peer is told, and what is told of a peer, by Node streams of TCP sockets and by TLS: the same as by the sockets themselves.
import { once } from "node:events";
import { expect } from "chai";
import {
  brecv,
  brecvSome,
  bsend,
  type Bytestream,
  type Coroutine,
  go,
  hclose,
  msleep,
  now,
} from "libdill-ts";
import { bytestreamType, hquery } from "libdill-ts/impl";
import { toDuplex } from "libdill-ts/streams";
import { sendUntilItFails, tcp } from "../../support/carriers.js";
import { codeOf, codeOrNone } from "../../support/failure.js";
import { closeAll } from "../../support/gate.js";
import { it } from "../../support/it.js";
import { tornEnds } from "../../support/tcpEnds.js";
import { until } from "../../support/until.js";

const flood = Buffer.alloc(20_000_000);

/** How many bytes come, and then which code. */
function* restOf(s: Bytestream): Coroutine<[number, string]> {
  let count = 0;
  const buffer = Buffer.alloc(65_536);
  for (;;) {
    const code = yield* codeOrNone(
      (function* () {
        count += (yield* brecvSome(s, buffer, -1)).length;
      })(),
    );
    if (code !== "none") return [count, code];
  }
}

for (const [kind, end] of Object.entries(tornEnds)) {
  describe(`with ${kind}`, () => {
    it("a reset that a send is told of is ECONNRESET, for it and for the receives", function* () {
      for (let round = 0; round < 10; round++) {
        const [s, peer] = yield* end();
        yield* bsend(s, Buffer.from("unread"), -1);
        hquery(peer, bytestreamType).tear?.();
        hclose(peer);
        expect(yield* sendUntilItFails(s)).to.equal("ECONNRESET");
        for (let i = 0; i < 2; i++) expect(yield* codeOf(brecv(s, 1, -1))).to.equal("ECONNRESET");
        hclose(s);
      }
    });

    it("bytes and a reset that come together are those bytes, and ECONNRESET", function* () {
      for (let round = 0; round < 10; round++) {
        const [s, peer] = yield* end();
        yield* bsend(s, Buffer.from("unread"), -1);
        yield* bsend(peer, Buffer.from("last"), -1);
        hquery(peer, bytestreamType).tear?.();
        hclose(peer);
        const code = yield* codeOrNone(brecv(s, 4, -1)); // a reset can overtake them
        if (code !== "none") expect(code).to.equal("ECONNRESET");
        expect(yield* codeOf(brecv(s, 1, -1))).to.equal("ECONNRESET");
        hclose(s);
      }
    });

    it("a send that is cut in the middle ends with a reset", function* () {
      const [s, peer] = yield* end();
      const sending = go(send(s));
      closeAll(sending, s);
      const [count, code] = yield* restOf(peer);
      expect(count).to.be.below(flood.length);
      expect(code).to.equal("ECONNRESET");
      hclose(peer);
    });

    it("a torn stream ends with a reset, and one whose end is said afterwards does not", function* () {
      for (const isSaid of [false, true]) {
        const [s, peer] = yield* end();
        yield* bsend(s, Buffer.from("part"), -1);
        const methods = hquery(s, bytestreamType);
        methods.tear?.();
        expect(methods.isTorn).to.equal(true);
        if (isSaid) methods.done?.("done");
        if (isSaid) expect(yield* restOf(peer)).to.deep.equal([4, "EPIPE"]);
        hclose(s);
        if (!isSaid) expect((yield* restOf(peer))[1]).to.equal("ECONNRESET");
        hclose(peer);
      }
    });
  });
}

function* send(s: Bytestream): Coroutine {
  yield* bsend(s, flood, -1);
}

describe("a stream of toDuplex", () => {
  it("that is destroyed while it writes, or before it has, resets the connection", function* () {
    for (const error of [undefined, new Error("mine")]) {
      const [s, peer] = yield* tcp.pair();
      const stream = toDuplex(s).on("error", () => {});
      for (let i = 0; i < 10; i++) stream.write(flood);
      stream.destroy(error);
      expect((yield* restOf(peer))[1]).to.equal("ECONNRESET");
      hclose(peer);
    }
  });

  it("that is destroyed when all has been sent ends the connection well", function* () {
    for (const error of [undefined, new Error("mine")]) {
      const [s, peer] = yield* tcp.pair();
      const stream = toDuplex(s).on("error", () => {});
      yield* msleep(now() + 1); // in a new turn, so that the send does not give way
      stream.write("all");
      stream.destroy(error);
      expect(yield* restOf(peer)).to.deep.equal([3, "EPIPE"]);
      hclose(peer);
    }
  });

  it("is reset by resetAndDestroy, as a net.Socket is, unless its end was said", function* () {
    for (const code of ["ECONNRESET", "EPIPE"]) {
      const [s, peer] = yield* tcp.pair();
      const stream = toDuplex(s, { allowHalfOpen: true });
      if (code === "EPIPE") {
        stream.end();
        yield* until(once(stream, "finish"));
      }
      const { resetAndDestroy } = stream as { resetAndDestroy?: () => unknown };
      expect(resetAndDestroy?.call(stream)).to.equal(stream);
      expect((yield* restOf(peer))[1]).to.equal(code);
      hclose(peer);
    }
  });
});
