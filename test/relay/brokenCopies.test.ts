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
  type Ipaddr,
  ipaddrLocal,
  join,
  msleep,
  now,
  type Operation,
  run,
  tcpAccept,
  tcpClose,
  tcpConnect,
  prefixAttach,
  prefixClose,
  suffixAttach,
  suffixClose,
  tcpDone,
  tcpListen,
  tcpLocal,
  type TcpSocket,
} from "libdill-ts";
import { httpAttach, httpClose } from "libdill-ts/http";
import { type BytestreamMethods, bytestreamType, dillError } from "libdill-ts/impl";
import { tlsClose } from "libdill-ts/tls";
import { tcp } from "../support/carriers.js";
import { codeOf, codeOrNone, failureOf, thrownIn } from "../support/failure.js";
import { closeAll } from "../support/gate.js";
import { it } from "../support/it.js";
import { encrypt } from "../support/tlsPair.js";
import { tornEnds } from "../support/tcpEnds.js";
import { until } from "../support/until.js";

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
  *"is begun in a coroutine that is canceled already"(a, b) {
    let code = "";
    hclose(go(copy()));
    return code;

    function* copy(): Coroutine {
      yield* codeOf(msleep(-1));
      code = yield* codeOf(copyBidirectional(a, b, -1));
    }
  },
  *"loses one of its sockets"(a, b) {
    const copying = go(copy());
    hclose(a);
    return yield* join(copying, -1);

    function* copy() {
      return yield* codeOf(copyBidirectional(a, b, -1));
    }
  },
  *"loses both of its sockets"(a, b) {
    const copying = go(copy());
    for (const s of [b, a]) hclose(s);
    return yield* join(copying, -1);

    function* copy() {
      return yield* codeOf(copyBidirectional(a, b, -1));
    }
  },
};

/** How a program may close the sockets afterwards. */
const closings: Record<string, (s: TcpSocket) => Operation<void>> = {
  *hclose(s) {
    hclose(s);
  },
  *tcpClose(s) {
    yield* tcpClose(s, -1);
  },
  *httpClose(s) {
    yield* httpClose(httpAttach(s), -1);
  },
  *prefixClose(s) {
    yield* prefixClose(prefixAttach(s, 1), -1);
  },
  *suffixClose(s) {
    yield* suffixClose(suffixAttach(s, "\n"), -1);
  },
};

/** The code with which the peer's stream ends. */
function* endOf(peer: Bytestream): Coroutine<string> {
  for (;;) {
    const code = yield* codeOrNone(brecvSome(peer, 100_000, -1));
    if (code !== "none") return code;
  }
}

describe("after a copy that was cut short", () => {
  it("closing a TLS socket in good order is ECONNRESET, and its peer is told no end", function* () {
    const [client, s] = yield* encrypt(yield* pair());
    const [b, other] = yield* pair();
    yield* bsend(other, Buffer.from("part"), -1);
    expect(yield* codeOf(copyBidirectional(s, b, now() + 50))).to.equal("ETIMEDOUT");
    expect(String(yield* brecv(client, 4, -1))).to.equal("part");
    expect(yield* codeOf(tlsClose(s, -1))).to.equal("ECONNRESET");
    expect(yield* codeOf(brecv(client, 1, -1))).to.equal("ECONNRESET");
    closeAll(client, b, other);
  });
});

describe("after a copy that", () => {
  for (const [how, end] of Object.entries(ends)) {
    for (const [name, close] of Object.entries(closings)) {
      it(`${how}, closing a socket by ${name} is a reset, unless its peer was told the end`, function* () {
        const [left, a] = yield* pair();
        const [b, right] = yield* pair();
        for (const peer of [left, right]) yield* bsend(peer, Buffer.from("part"), -1);
        expect(yield* end(a, b)).to.be.oneOf(["EBADF", "ECANCELED", "ETIMEDOUT"]);
        for (const s of [a, b]) yield* codeOrNone(close(s));
        for (const peer of [left, right]) expect(yield* endOf(peer)).to.equal("ECONNRESET");
        closeAll(left, right);
      });
    }
  }

  for (const [kind, end] of Object.entries(tornEnds)) {
    it(`has come to its deadline with ${kind}, closing that is a reset`, function* () {
      const [a, left] = yield* end();
      const [b, right] = yield* end();
      for (const peer of [left, right]) yield* bsend(peer, Buffer.from("part"), -1);
      expect(yield* codeOf(copyBidirectional(a, b, now() + 20))).to.equal("ETIMEDOUT");
      closeAll(a, b);
      for (const peer of [left, right]) expect(yield* endOf(peer)).to.equal("ECONNRESET");
      closeAll(left, right);
    });
  }

  it("ends with its run, no peer sees the end of a part", function* () {
    const ls = yield* tcpListen(ipaddrLocal("127.0.0.1", 0), 1);
    const inner = run(session(tcpLocal(ls)));
    const peer = yield* tcpAccept(ls, -1);
    yield* until(inner);
    expect(yield* endOf(peer)).to.equal("ECONNRESET");
    closeAll(peer, ls);

    function* session(to: Ipaddr): Coroutine {
      const a = yield* tcpConnect(to, -1);
      const [b, right] = yield* pair();
      yield* bsend(right, Buffer.from("part"), -1);
      go(copy(a, b));
    }

    function* copy(a: TcpSocket, b: TcpSocket): Coroutine {
      yield* copyBidirectional(a, b, -1);
    }
  });

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

describe("a side of a user's that is closed in the middle of a copy", () => {
  it("is sent nothing more, and the copy is EBADF", function* () {
    const [left, a] = yield* pair();
    const [b] = yield* pair();
    const got: string[] = [];
    const [event, telling] = chmake<string>();
    const mute = altered(b, {
      *send(list) {
        got.push(...list.map(String));
        yield* chsend(telling, "sent", -1);
      },
    });
    const copying = go(copy());
    yield* bsend(left, Buffer.from("before"), -1);
    yield* chrecv(event, -1);
    hclose(mute);
    yield* bsend(left, Buffer.from("after"), -1);
    const error = yield* join(copying, -1);
    expect(error.message).to.match(/^EBADF: sending to b: .*, copy_bidirectional$/);
    expect(got).to.deep.equal(["before"]);
    expect(String(yield* brecv(a, 5, -1))).to.equal("after");

    function* copy() {
      return yield* failureOf(copyBidirectional(a, mute, -1));
    }
  });

  it("is not told an end", function* () {
    const [left, a] = yield* pair();
    const [b] = yield* pair();
    let isDone = false;
    const mute = altered(b, {
      done() {
        isDone = true;
      },
    });
    const copying = go(copy());
    hclose(mute);
    yield* tcpDone(left, -1);
    expect(yield* join(copying, -1)).to.equal("EBADF");
    expect(isDone).to.equal(false);

    function* copy() {
      return yield* codeOf(copyBidirectional(a, mute, -1));
    }
  });
});

describe("when leaving a copy fails", () => {
  for (const name of ["tear", "unread"] as const) {
    for (const isFirst of [true, false]) {
      it(`by ${name} of ${isFirst ? "a" : "b"}, that is told besides, and the other side is torn`, function* () {
        const [left, s] = yield* pair();
        const [, other] = yield* pair();
        const fault = new RangeError(name);
        const hostile = altered(other, {
          done() {},
          *receiveSome() {
            return Buffer.from("taken");
          },
          [name]() {
            throw fault;
          },
        });
        const busy = altered(s, {
          send(_list, _deadline, syscall = "bsend") {
            throw dillError("ETIMEDOUT", syscall);
          },
          done: (syscall) => hquery(s, bytestreamType).done?.(syscall),
          tear: () => hquery(s, bytestreamType).tear?.(),
        });
        const sides = isFirst ? ([hostile, busy] as const) : ([busy, hostile] as const);
        const error = yield* thrownIn(copyBidirectional(...sides, -1));
        const all = error instanceof AggregateError ? error.errors : [error];
        expect(all).to.include(fault);
        if (name === "unread") expect(error).to.include({ code: "ETIMEDOUT" });
        hclose(s);
        expect(yield* endOf(left)).to.equal("ECONNRESET");
      });
    }
  }
});

describe("an error of a copy", () => {
  it("says which side it came from", function* () {
    for (const [sides, text] of [
      [[0, 1], "receiving from a"],
      [[1, 0], "receiving from b"],
    ] as const) {
      const [left, s] = yield* pair();
      const [other] = yield* pair();
      hquery(left, bytestreamType).tear?.();
      hclose(left);
      const both = [s, other] as const;
      const error = yield* failureOf(copyBidirectional(both[sides[0]], both[sides[1]], -1));
      expect(error.message).to.equal(
        `ECONNRESET: ${text}: connection reset by peer, copy_bidirectional`,
      );
      expect(error.cause).to.be.instanceOf(Error);
      closeAll(s, other);
    }
  });

  it("is ECONNRESET, and no end, if more comes for a side whose end was said before", function* () {
    const [left, a] = yield* pair();
    const [b, right] = yield* pair();
    yield* tcpDone(a, -1);
    yield* bsend(right, Buffer.from("more"), -1);
    const error = yield* failureOf(copyBidirectional(a, b, -1));
    expect(error.message).to.equal(
      "ECONNRESET: sending to a: its end had been said before, and more has come, copy_bidirectional",
    );
    expect(String(yield* brecv(b, 4, -1))).to.equal("more");
    closeAll(left, a, b, right);
  });
});

describe("the counts of a copy", () => {
  it("tell what was passed on when it throws, and are added to", function* () {
    const [left, a] = yield* pair();
    const [b, right] = yield* pair();
    const counts = { aToB: 0, bToA: 100 };
    yield* bsend(left, Buffer.from("question"), -1);
    yield* bsend(right, Buffer.from("answer"), -1);
    expect(yield* codeOf(copyBidirectional(a, b, -1, { idle: 10, counts }))).to.equal("ETIMEDOUT");
    expect(counts).to.deep.equal({ aToB: 8, bToA: 106 });
    for (const peer of [left, right]) yield* tcpDone(peer, -1);
    expect(yield* copyBidirectional(a, b, -1, { counts })).to.deep.equal({ aToB: 0, bToA: 0 });
    expect(counts).to.deep.equal({ aToB: 8, bToA: 106 });
    closeAll(left, a, b, right);
  });
});
