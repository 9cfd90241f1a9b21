// Sends, posts and the end that is said: one user at a time, however each of them ends.
import { expect } from "chai";
import {
  brecv,
  bsend,
  type Bytestream,
  type Coroutine,
  go,
  hclose,
  join,
  msleep,
  now,
  type Operation,
} from "libdill-ts";
import { bytestreamType, hquery } from "libdill-ts/impl";
import { tlsDone, type TlsSocket } from "libdill-ts/tls";
import { limitedPair } from "../../support/bytestreams.js";
import { codeOf, codeOrNone } from "../../support/failure.js";
import { closeAll } from "../../support/gate.js";
import { itBoth as it } from "../../support/it.js";
import { encrypt, tappedPair, tlsPair } from "../../support/tlsPair.js";

const flood = Buffer.alloc(4_000_000, "flood ");
const x = Buffer.from("x");

/** What is sent right behind another send waits for the engine first, before anything of it is encrypted. */
const waiting: Readonly<Record<string, (s: TlsSocket) => Operation<void>>> = {
  bsend: (s) => bsend(s, Buffer.from("left"), -1),
  tlsDone: (s) => tlsDone(s, -1),
};

describe("the outgoing direction of a TLS socket", () => {
  for (const [name, op] of Object.entries(waiting)) {
    it(`is free after ${name} was left before it had begun`, function* () {
      const [c, s] = yield* tlsPair();
      // No operation: it might give way, and the engine would be done by then.
      hquery(c, bytestreamType).post?.(x, "post");
      const left = go(leaving(op(c)));
      yield* bsend(c, Buffer.from("y"), -1);
      hquery(c, bytestreamType).post?.(Buffer.from("z"), "post");
      expect(String(yield* brecv(s, 3, -1))).to.equal("xyz");
      closeAll(left, c, s);
    });
  }

  it("is broken after a send was left in the middle, for whoever comes next", function* () {
    const uses: readonly ((s: TlsSocket) => Operation<void>)[] = [
      (s) => bsend(s, x, -1),
      (s) => tlsDone(s, -1),
      function* (s) {
        hquery(s, bytestreamType).post?.(x, "post");
      },
    ];
    for (const use of uses) {
      const [c, s] = yield* tlsPair();
      const left = go(leaving(bsend(c, flood, -1)));
      yield* msleep(now() + 1);
      expect(yield* codeOf(use(c))).to.equal("ECONNRESET");
      closeAll(left, c, s);
    }
  });

  it("is busy until the send is over, also between two of its pieces", function* () {
    const [c, s] = yield* encrypt(yield* limitedPair());
    const codes: string[] = [];
    const sending = go(
      (function* (): Coroutine {
        codes.push(yield* codeOrNone(bsend(c, Buffer.alloc(300_000, "slow "), -1)));
      })(),
    );
    const receiving = go(receive(s, 300_000));
    while (codes.length === 0) {
      for (const op of [bsend(c, x, -1), tlsDone(c, -1)]) {
        if (codes.length === 0) expect(yield* codeOf(op)).to.equal("EBUSY");
      }
      yield* msleep(now() + 1);
    }
    expect(codes).to.deep.equal(["none"]);
    expect((yield* join(receiving, -1)).equals(Buffer.alloc(300_000, "slow "))).to.equal(true);
    yield* bsend(c, x, -1);
    expect(String(yield* brecv(s, 1, -1))).to.equal("x");
    closeAll(sending, receiving, c, s);
  });

  it("has not sent what was to follow when the peer turns out to break the rules meanwhile", function* () {
    const { c, wire, far } = yield* tappedPair();
    const codes: string[] = [];
    const sending = go(
      (function* (): Coroutine {
        codes.push(yield* codeOrNone(bsend(c, flood, -1)));
      })(),
    );
    yield* bsend(wire, Buffer.from("HTTP/1.1 400\r\n"), -1);
    expect(yield* codeOf(brecv(c, 1, -1))).to.equal("EPROTO");
    const dropping = go(drop(wire));
    yield* join(sending, now() + 5000);
    expect(codes).to.deep.equal(["ECONNRESET"]);
    hclose(dropping);
    closeAll(sending, c, wire, far);
  });
});

/** Begins it, and comes to something else. */
function* leaving(op: Operation<unknown>): Coroutine {
  op[Symbol.iterator]().next(undefined);
  yield; // which takes back what it was left in
  yield* msleep(-1);
}

function* receive(s: Bytestream, length: number): Coroutine<Buffer> {
  return yield* brecv(s, length, -1);
}

function* drop(s: Bytestream): Coroutine {
  yield* codeOf(brecv(s, 100_000_000, -1));
}
