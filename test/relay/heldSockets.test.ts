// A copy has its sockets for itself, from its start to its end.
import { expect } from "chai";
import {
  brecv,
  brecvSome,
  bsend,
  bsendl,
  type Bytestream,
  choose,
  copyBidirectional,
  type Coroutine,
  go,
  hclose,
  ipcPair,
  join,
  type Operation,
  prefixAttach,
  yieldNow,
} from "libdill-ts";
import { httpAttach } from "libdill-ts/http";
import { type Carrier, overBytestreams } from "../support/carriers.js";
import { codeOf, codeOfCall, failureOf } from "../support/failure.js";
import { closeAll } from "../support/gate.js";
import { itBoth as it } from "../support/it.js";

const x = Buffer.from("x");
/** More than lies between two peers. */
const much = Buffer.alloc(10_000_000, "much ");

type Use = (s: Bytestream, other: Bytestream, carrier: Carrier) => Operation<unknown>;

/** What anybody else might do with one of the sockets. */
const uses: Readonly<Record<string, Use>> = {
  bsend: (s) => bsend(s, x, -1),
  bsendl: (s) => bsendl(s, [x, x], -1),
  brecv: (s) => brecv(s, 1, 0),
  brecvSome: (s) => brecvSome(s, 1, 0),
  choose: (s) => choose([{ op: "readable", s }], 0),
  done: (s, _, { done }) => done(s, -1),
  "a copy": (s, other) => copyBidirectional(s, other, 0),
  "a copy the other way": (s, other) => copyBidirectional(other, s, 0),
};

/** They take the socket over, and close it when they fail. */
const ends: Readonly<Record<string, (s: Bytestream, carrier: Carrier) => Coroutine<string>>> = {
  *prefixAttach(s) {
    return codeOfCall(() => prefixAttach(s, 2));
  },
  *httpAttach(s) {
    return codeOfCall(() => httpAttach(s));
  },
  *close(s, { close }) {
    return yield* codeOf(close(s, -1));
  },
};

function copying(a: Bytestream, b: Bytestream) {
  return go(copy());

  function* copy(): Coroutine<string> {
    return yield* codeOf(copyBidirectional(a, b, -1));
  }
}

overBytestreams("a socket that a copy holds", (carrier) => {
  const { pair } = carrier;

  for (const [name, use] of Object.entries(uses)) {
    it(`is EBUSY for ${name}, whether the copy waits for bytes or has taken some`, function* () {
      const [left, a] = yield* pair();
      const [b, right] = yield* pair();
      const [third] = yield* ipcPair();
      const copy = copying(a, b);
      yield; // if the turn was over, it begins only now
      for (const s of [a, b]) expect(yield* codeOf(use(s, third, carrier))).to.equal("EBUSY");
      const sending = go(sendMuch(left));
      for (let i = 0; i < 100; i++) yield* yieldNow(); // it comes to wait for the reader
      for (const s of [a, b]) expect(yield* codeOf(use(s, third, carrier))).to.equal("EBUSY");
      expect((yield* brecv(right, much.length, -1)).equals(much)).to.equal(true);
      closeAll(copy, sending);
      closeAll(left, a, b, right, third);
    });
  }

  for (const [name, end] of Object.entries(ends)) {
    it(`is EBUSY for ${name}, and the copy is told that the handle is gone`, function* () {
      const [left, a] = yield* pair();
      const [b, right] = yield* pair();
      const copy = copying(a, b);
      yield;
      expect(yield* end(a, carrier)).to.equal("EBUSY");
      expect(yield* join(copy, -1)).to.equal("EBADF");
      closeAll(left, b, right);
    });
  }

  it("is free again after the copy, and after one that was refused", function* () {
    const [left, a] = yield* pair();
    const [b, right] = yield* pair();
    const waiting = go(waitFor(b));
    expect(yield* codeOf(copyBidirectional(a, b, -1))).to.equal("EBUSY");
    hclose(waiting);
    expect(yield* codeOf(copyBidirectional(a, b, 0))).to.equal("ETIMEDOUT");
    for (const s of [a, b]) yield* bsend(s, x, -1);
    for (const peer of [left, right]) expect(String(yield* brecv(peer, 1, -1))).to.equal("x");
    closeAll(left, a, b, right);
  });
});

function* sendMuch(s: Bytestream): Coroutine {
  yield* bsend(s, much, -1);
}

function* waitFor(s: Bytestream): Coroutine {
  yield* codeOf(brecv(s, 1, -1));
}

describe("copyBidirectional of a socket with itself", () => {
  it("is EINVAL, and the socket stays as it was", function* () {
    const [a, peer] = yield* ipcPair();
    const error = yield* failureOf(copyBidirectional(a, a, -1));
    expect(error.message).to.equal("EINVAL: the two are one socket, copy_bidirectional");
    yield* bsend(a, x, -1);
    expect(String(yield* brecv(peer, 1, -1))).to.equal("x");
  });
});
