// What becomes of both sides when a copy does not come to its end.
import { expect } from "chai";
import {
  brecv,
  brecvSome,
  bsend,
  type Bytestream,
  chmake,
  chrecv,
  chsend,
  copyBidirectional,
  type Coroutine,
  go,
  hclose,
  hmake,
  hquery,
  join,
  now,
  tcpClose,
  tcpDone,
  type TcpSocket,
} from "libdill-ts";
import { type BytestreamMethods, bytestreamType, dillError } from "libdill-ts/impl";
import { tcp } from "../support/carriers.js";
import { codeOf, thrownIn } from "../support/failure.js";
import { closeAll } from "../support/gate.js";
import { it } from "../support/it.js";

function* pair(): Coroutine<[TcpSocket, TcpSocket]> {
  return yield* tcp.pair();
}

/** The socket, with some methods of its own. */
function altered(s: Bytestream, own: Partial<BytestreamMethods>): Bytestream {
  const whole = hquery(s, bytestreamType) as Required<BytestreamMethods>;
  const methods: BytestreamMethods = {
    send: (list, deadline, syscall) => whole.send(list, deadline, syscall),
    receive: (list, deadline, syscall) => whole.receive(list, deadline, syscall),
    receiveSome: (into, deadline, syscall) => whole.receiveSome(into, deadline, syscall),
    ...own,
  };
  const query = (type: unknown) => (type === bytestreamType ? methods : undefined);
  return hmake({ query, close() {} }) as unknown as Bytestream;
}

const faulty: Partial<BytestreamMethods> = {
  send() {
    throw new RangeError("a fault");
  },
};

/** How a copy may end before its sources do. */
const ends: Record<string, (a: TcpSocket, b: TcpSocket) => Coroutine<string>> = {
  *"is canceled"(a, b) {
    let code = "";
    hclose(go(copy()));
    return code;

    function* copy(): Coroutine {
      code = yield* codeOf(copyBidirectional(a, b, -1));
    }
  },
  *"has deadline 0"(a, b) {
    return yield* codeOf(copyBidirectional(a, b, 0));
  },
  *"comes to its deadline"(a, b) {
    return yield* codeOf(copyBidirectional(a, b, now() + 5));
  },
  *"is idle for too long"(a, b) {
    return yield* codeOf(copyBidirectional(a, b, -1, { idle: 5 }));
  },
};

describe("after a copy that", () => {
  for (const [how, end] of Object.entries(ends)) {
    it(`${how}, closing a socket is a reset, unless its peer was told the end`, function* () {
      const [left, a] = yield* pair();
      const [b, right] = yield* pair();
      expect(yield* end(a, b)).to.be.oneOf(["ECANCELED", "ETIMEDOUT"]);
      closeAll(a, b);
      for (const peer of [left, right]) {
        expect(yield* codeOf(brecv(peer, 1, -1))).to.equal("ECONNRESET");
      }
    });
  }

  it("has passed one end on, that peer's stream is whole", function* () {
    const [left, a] = yield* pair();
    const [b, right] = yield* pair();
    yield* bsend(left, Buffer.from("all"), -1);
    yield* tcpDone(left, -1);
    yield* codeOf(copyBidirectional(a, b, now() + 20));
    closeAll(a, b);
    expect(String(yield* brecv(right, 3, -1))).to.equal("all");
    expect(yield* codeOf(brecv(right, 1, -1))).to.equal("EPIPE");
    expect(yield* codeOf(brecv(left, 1, -1))).to.equal("ECONNRESET");
  });

  it("was cut short, the program can say more, and the end", function* () {
    const [left, a] = yield* pair();
    const [b, right] = yield* pair();
    yield* codeOf(copyBidirectional(a, b, 0));
    yield* bsend(b, Buffer.from("sorry"), -1);
    yield* tcpDone(b, -1);
    hclose(b);
    expect(String(yield* brecv(right, 5, -1))).to.equal("sorry");
    expect(yield* codeOf(brecv(right, 1, -1))).to.equal("EPIPE");
    closeAll(left, a);
  });
});

describe("a copy whose send is refused", () => {
  it("gives back what it has taken, so that another one can go on", function* () {
    const [left, a] = yield* pair();
    const [b, right] = yield* pair();
    const busy = altered(b, {
      send(_list, _deadline, syscall = "bsend") {
        throw dillError("EBUSY", syscall);
      },
    });
    yield* bsend(left, Buffer.from("all of it"), -1);
    for (const peer of [left, right]) yield* tcpDone(peer, -1);
    expect(yield* codeOf(copyBidirectional(a, busy, -1))).to.equal("EBUSY");
    expect(yield* copyBidirectional(a, b, -1)).to.deep.equal({ aToB: 9, bToA: 0 });
    expect(String(yield* brecv(right, 9, -1))).to.equal("all of it");
    expect(yield* codeOf(brecv(right, 1, -1))).to.equal("EPIPE");
    closeAll(left, a, b, right);
  });
});

describe("when a peer has gone with a reset", () => {
  for (const closing of ["hclose", "tcpClose"] as const) {
    it(`the other one gets what came before, and by ${closing} a reset`, function* () {
      const [left, a] = yield* pair();
      const [b, right] = yield* pair();
      yield* bsend(left, Buffer.from("part"), -1);
      const copying = go(copy());
      expect(String(yield* brecv(right, 4, -1))).to.equal("part");
      hquery(left, bytestreamType).tear?.();
      hclose(left);
      expect(yield* join(copying, -1)).to.equal("ECONNRESET");
      if (closing === "hclose") hclose(b);
      else expect(yield* codeOf(tcpClose(b, -1))).to.equal("ECONNRESET");
      expect(yield* codeOf(brecvSome(right, 1, -1))).to.equal("ECONNRESET");
      hclose(a);

      function* copy() {
        return yield* codeOf(copyBidirectional(a, b, -1));
      }
    });
  }
});

describe("when one direction of a copy fails", () => {
  it("the other one still passes on what has come, and waits for no more", function* () {
    const [left, a] = yield* pair();
    const [b, right] = yield* pair();
    const answer = Buffer.alloc(100_000, "no");
    yield* bsend(right, answer, -1);
    const dead = altered(a, {
      receiveSome(_into, _deadline, syscall = "brecv_some") {
        throw dillError("ECONNRESET", syscall);
      },
    });
    expect(yield* codeOf(copyBidirectional(dead, b, -1))).to.equal("ECONNRESET");
    expect((yield* brecv(left, answer.length, -1)).equals(answer)).to.equal(true);
    closeAll(left, a, b, right);
  });

  it("what the other one has taken reaches a slow reader", function* () {
    const [left, a] = yield* pair();
    const [b, right] = yield* pair();
    const [event, telling] = chmake<string>();
    const [gate, opening] = chmake<string>();
    const got: string[] = [];
    const slow = altered(a, {
      *send(list) {
        yield* chsend(telling, "taken", -1);
        yield* chrecv(gate, -1);
        got.push(...list.map(String));
      },
    });
    const full = altered(b, {
      *send(_list, _deadline, syscall = "bsend") {
        yield* chsend(telling, "failing", -1);
        throw dillError("ECONNRESET", syscall);
      },
    });
    const copying = go(copy());
    yield* bsend(right, Buffer.from("answer"), -1);
    expect(yield* chrecv(event, -1)).to.equal("taken");
    yield* bsend(left, Buffer.from("x"), -1);
    expect(yield* chrecv(event, -1)).to.equal("failing");
    yield; // so that it has failed
    yield* chsend(opening, "now", -1);
    expect(yield* join(copying, -1)).to.equal("ECONNRESET");
    expect(got).to.deep.equal(["answer"]);
    closeAll(left, a, b, right, gate, opening, event, telling);

    function* copy() {
      return yield* codeOf(copyBidirectional(slow, full, -1));
    }
  });

  it("a fault of the other one's bytestream is told besides", function* () {
    const [left, a] = yield* pair();
    const [b, right] = yield* pair();
    for (const peer of [left, right]) yield* bsend(peer, Buffer.from("x"), -1);
    const error = yield* thrownIn(copyBidirectional(altered(a, faulty), altered(b, faulty), -1));
    expect(error).to.be.instanceOf(AggregateError);
    closeAll(left, a, b, right);
  });
});
