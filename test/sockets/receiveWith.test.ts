// Readers of a user's own, over bytestreams of ours and of a user's.
import { expect } from "chai";
import { run as effectionRun, sleep, spawn } from "effection";
import {
  brecv,
  bsend,
  bundle,
  bundleGo,
  bundleWait,
  chmake,
  choose,
  chrecv,
  chsend,
  type Coroutine,
  go,
  type Handle,
  hclose,
  hmake,
  join,
  type MessageSocket,
  mrecv,
  mrecvl,
  now,
  prefixAttach,
  until,
} from "libdill-ts";
import {
  type ByteQueue,
  type BytestreamMethods,
  bytestreamType,
  dillError,
  hquery,
  type MessageMethods,
  messageType,
  type Reader,
  readableType,
  receiveIntoWith,
  receiveWith,
  unfinished,
} from "libdill-ts/impl";
import { type Carrier, carriers } from "../support/bytestreams.js";
import { codeOf, codeOfCall, codeOrNone, failureOf, thrownIn } from "../support/failure.js";
import { fedSocket } from "../support/fedSocket.js";
import { closeAll } from "../support/gate.js";
import { it as itOnNode, itWith } from "../support/it.js";

/** Digits, each a message. "!" is no message, and "?" is a fault of the reader's. */
class Digits implements Reader<number> {
  readonly missing = 1;
  readonly isBetween = true;

  read(bytes: ByteQueue): number | undefined {
    const byte = bytes.byteAt(0);
    if (byte < 0) return undefined;
    if (byte === 33) throw dillError("EPROTO", "digits", { message: "this is no digit" });
    if (byte === 63) throw new RangeError("a fault");
    bytes.drop(1);
    return byte - 48;
  }

  giveBack(): undefined {}
}

/** Two bytes are a message. */
class Pairs implements Reader<Buffer> {
  readonly missing = 1;
  readonly isBetween = true;
  private kept: Buffer | undefined;

  read(bytes: ByteQueue): Buffer | undefined {
    const { kept } = this;
    this.kept = undefined;
    if (kept !== undefined || bytes.length < 2) return kept;
    const message = Buffer.alloc(2);
    bytes.moveTo(message, 0);
    return message;
  }

  putBack(message: Buffer): void {
    this.kept = message;
  }

  giveBack(): undefined {}
}

/** Counts the bytes up to a "z", one in each turn. */
class Counting implements Reader<number> {
  readonly missing = 1;
  readonly isBetween = false;
  givesWay = false;
  private count = 0;

  read(bytes: ByteQueue): number | undefined {
    const byte = bytes.byteAt(0);
    this.givesWay = byte >= 0 && byte !== 122;
    if (byte < 0) return undefined;
    bytes.drop(1);
    if (byte === 122) return this.count;
    this.count += 1;
    return undefined;
  }

  giveBack(): undefined {}
}

describe("a reader that gives way", () => {
  for (const { name, pair, isReal } of carriers) {
    const it = itWith({ isReal });
    it(`is asked again for what has come, over ${name}`, function* () {
      const [a, z] = yield* pair();
      const methods = hquery(z, bytestreamType);
      const receiver = go(
        (function* () {
          return yield* receiveWith(methods, new Counting(), -1, "count");
        })(),
      );
      yield* bsend(a, Buffer.from("aaaaaaaaaazrest"), -1);
      expect(yield* join(receiver, -1)).to.equal(10);
      closeAll(a, z);
    });
  }
});

describe("a reader that throws", () => {
  itOnNode(
    "harms nobody while a choose waits for its message, and tells the receive",
    function* () {
      const { s, feed } = fedSocket();
      const methods = hquery(s, bytestreamType);
      const reader = new Digits();
      const watched: unknown = hmake({
        query: (type) =>
          type === readableType
            ? { whenReadable: (syscall: string) => methods.whenReadableWith?.(reader, syscall) }
            : undefined,
        close() {},
      });
      const waiting = go(
        (function* () {
          return (yield* choose([{ op: "readable", s: watched as Handle }], -1)).index;
        })(),
      );
      feed(Buffer.from("?"));
      expect(yield* join(waiting, -1)).to.equal(0);
      const error = yield* thrownIn(receiveWith(methods, reader, -1, "digits"));
      expect(error).to.be.instanceOf(RangeError);
      closeAll(watched as Handle, s);
    },
  );
});

for (const carrier of carriers) {
  describe(`receiveWith on ${carrier.name}`, () => {
    const it = itWith(carrier);
    it("gives what the reader finds, and takes nothing behind it", function* () {
      const [a, b] = yield* carrier.pair();
      yield* bsend(b, Buffer.from("12345"), -1);
      for (const digit of [1, 2, 3]) expect(yield* receiveDigit(a)).to.equal(digit);
      expect(String(yield* brecv(a, 2, -1))).to.equal("45");
      closeAll(a, b);
    });

    it("is EPIPE after the end, again and again", function* () {
      const [a, b] = yield* carrier.pair();
      yield* bsend(b, Buffer.from("7"), -1);
      hclose(b);
      expect(yield* receiveDigit(a)).to.equal(7);
      for (let i = 0; i < 3; i++) expect(yield* codeOf(receiveDigit(a))).to.equal("EPIPE");
      hclose(a);
    });

    it("tells the reader's error as one of the receive, and is ECONNRESET after that", function* () {
      const { s, peer } = yield* digits(carrier);
      yield* bsend(peer, Buffer.from("!5"), -1);
      const error = yield* failureOf(mrecv(s, -1));
      expect(error.code).to.equal("EPROTO");
      expect(error.message).to.equal("EPROTO: this is no digit, mrecv");
      expect(error.stack).to.include("receiveWith.test");
      for (let i = 0; i < 3; i++) expect(yield* codeOf(mrecv(s, -1))).to.equal("ECONNRESET");
      closeAll(s, peer);

      const other = yield* digits(carrier);
      yield* bsend(other.peer, Buffer.from("!"), -1);
      const { code, syscall } = yield* failureOf(mrecvl(other.s, [], -1));
      expect([code, syscall]).to.deep.equal(["EPROTO", "mrecvl"]);
      closeAll(other.s, other.peer);
    });

    it("throws what else the reader throws in the receiver, and nowhere else", function* () {
      const { s, peer } = yield* digits(carrier);
      yield* bsend(peer, Buffer.from("?"), -1);
      expect(yield* thrownIn(mrecv(s, now() + 1000))).to.be.instanceOf(RangeError);
      expect(yield* codeOf(mrecv(s, -1))).to.equal("ECONNRESET");
      closeAll(s, peer);
    });
  });
}

describe("the bytestream of a user's, with a reader", () => {
  itOnNode("gives back nothing, EBUSY, while somebody receives", function* () {
    const [near, far] = chmake<Buffer>();
    const methods: BytestreamMethods = {
      *send() {},
      *receive() {},
      receiveSome: (_most, deadline) => chrecv(far, deadline),
    };
    const reader = new Digits();
    const first = go(
      (function* (): Coroutine<number> {
        return yield* receiveWith(methods, reader, -1, "digits");
      })(),
    );
    expect(codeOfCall(() => unfinished(methods, reader))).to.equal("EBUSY");
    yield* chsend(near, Buffer.from("12"), -1);
    expect(codeOfCall(() => unfinished(methods, reader))).to.equal("EBUSY"); // it has not looked yet
    expect(yield* join(first, -1)).to.equal(1);
    expect(String(unfinished(methods, reader))).to.equal("2");
    closeAll(first, near, far);
  });

  itOnNode("keeps a message that is too long for the receive that waits for it", function* () {
    const { s, feed } = fedSocket();
    const methods = hquery(s, bytestreamType);
    const reader = new Pairs();
    const into = (room: number) =>
      receiveIntoWith(methods, reader, [Buffer.alloc(room)], -1, "pairs");
    const first = go(
      (function* (): Coroutine<string> {
        return yield* codeOrNone(into(1));
      })(),
    );
    feed(Buffer.from("abcd"));
    expect(String(yield* receiveWith(methods, reader, -1, "pairs"))).to.equal("ab");
    expect(yield* join(first, -1)).to.equal("EMSGSIZE");
    expect(yield* into(2)).to.equal(2);
    closeAll(first, s);
  });
});

describe("a message whose receiver is halted before it could take it", () => {
  itOnNode("is there for the next receiver, also if that waits already", function* () {
    const { s, feed } = fedSocket();
    const messages = prefixAttach(s, 1);
    const found: string[] = [];
    const b = bundle();
    yield* until(
      effectionRun(function* () {
        const task = yield* spawn(function* () {
          yield* mrecv(messages, -1);
        });
        yield* sleep(1);
        feed(Buffer.from("\x03one"));
        bundleGo(b, receiveOne());
        yield* task.halt();
      }),
      -1,
    );
    yield* bundleWait(b, now() + 1000);
    expect(found).to.deep.equal(["one"]);
    hclose(b);
    hclose(messages);

    function* receiveOne(): Coroutine {
      found.push(String(yield* mrecv(messages, -1)));
    }
  });
});

function receiveDigit(s: MessageSocket | Parameters<typeof bsend>[0]) {
  return receiveWith(hquery(s, bytestreamType), new Digits(), -1, "digits");
}

/** A message socket that a user has made. */
function* digits(carrier: Carrier): Coroutine<{
  s: MessageSocket;
  peer: Parameters<typeof bsend>[0];
}> {
  const [a, peer] = yield* carrier.pair();
  const bytestream = hquery(a, bytestreamType);
  const reader = new Digits();
  const methods: MessageMethods = {
    send: (list, deadline, syscall) => bytestream.send(list, deadline, syscall),
    *receive(deadline, syscall = "mrecv") {
      return Buffer.of(yield* receiveWith(bytestream, reader, deadline, syscall));
    },
    *receiveInto(_targets, deadline, syscall = "mrecvl") {
      yield* receiveWith(bytestream, reader, deadline, syscall);
      return 1;
    },
  };
  const h: unknown = hmake({
    query: (type) => (type === messageType ? methods : undefined),
    close: () => hclose(a),
  });
  return { s: h as MessageSocket, peer };
}
