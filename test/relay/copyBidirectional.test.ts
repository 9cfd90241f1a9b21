import { expect } from "chai";
import {
  brecv,
  brecvSome,
  bsend,
  type Bytestream,
  type Copied,
  copyBidirectional,
  type CopyOptions,
  type CoroutineBundle,
  go,
  hclose,
  hmake,
  hquery,
  ipcDone,
  ipcPair,
  type IpcSocket,
  isErrno,
  join,
  msleep,
  now,
} from "libdill-ts";
import { type BytestreamMethods, bytestreamType, dillError } from "libdill-ts/impl";
import { codeOf, failureOf } from "../support/failure.js";
import { itBoth as it } from "../support/it.js";

/** Two peers, and between them a coroutine that copies. */
interface Relay {
  readonly left: IpcSocket;
  readonly right: IpcSocket;
  readonly copying: CoroutineBundle<Copied>;
}

function* startRelay(deadline = -1, options: CopyOptions = {}) {
  const [left, a] = yield* ipcPair();
  const [b, right] = yield* ipcPair();
  function* copy() {
    return yield* copyBidirectional(a, b, deadline, options);
  }
  return { left, right, copying: go(copy()) } satisfies Relay;
}

describe("copyBidirectional", () => {
  it("passes on all bytes both ways, and counts them", function* () {
    const { left, right, copying } = yield* startRelay();
    const bytes = Buffer.from(Array.from({ length: 300_000 }, (_, i) => i % 251));
    const sending = go(
      (function* () {
        yield* bsend(left, bytes, -1);
        yield* ipcDone(left, -1);
      })(),
    );
    yield* bsend(right, Buffer.from("answer"), -1);
    expect((yield* brecv(right, bytes.length, -1)).equals(bytes)).to.equal(true);
    expect(String(yield* brecv(left, 6, -1))).to.equal("answer");
    yield* ipcDone(right, -1);
    expect(yield* join(copying, -1)).to.deep.equal({ aToB: bytes.length, bToA: 6 });
    hclose(sending);
  });

  it("passes on the end of one direction while the other one goes on", function* () {
    const { left, right } = yield* startRelay();
    yield* bsend(left, Buffer.from("question"), -1);
    yield* ipcDone(left, -1);
    yield* brecv(right, 8, -1);
    expect(yield* codeOf(brecv(right, 1, -1))).to.equal("EPIPE");
    yield* bsend(right, Buffer.from("answer"), -1);
    expect(String(yield* brecv(left, 6, -1))).to.equal("answer");
  });

  it("leaves both sockets open, for whoever made them", function* () {
    const [left, a] = yield* ipcPair();
    const [b, right] = yield* ipcPair();
    for (const h of [left, right]) yield* ipcDone(h, -1);
    yield* copyBidirectional(a, b, -1);
    for (const h of [a, b]) expect(yield* codeOf(brecvSome(h, 1, -1))).to.equal("EPIPE");
  });

  it("ends well if one of the sockets has been ended in one direction before", function* () {
    const [left, a] = yield* ipcPair();
    const [b, right] = yield* ipcPair();
    yield* ipcDone(b, -1);
    yield* bsend(right, Buffer.from("answer"), -1);
    for (const h of [left, right]) yield* ipcDone(h, -1);
    expect(yield* copyBidirectional(a, b, -1)).to.deep.equal({ aToB: 0, bToA: 6 });
    expect(String(yield* brecv(left, 6, -1))).to.equal("answer");
  });

  it("holds a fast sender back while the receiver is slow", function* () {
    const { left, right } = yield* startRelay();
    const chunk = Buffer.alloc(65_536);
    let sent = 0;
    go(
      (function* () {
        for (; sent < 100; sent++) yield* bsend(left, chunk, -1);
      })(),
    );
    yield* msleep(now() + 50);
    expect(sent).to.be.below(100);
    for (let i = 0; i < 100; i++) yield* brecv(right, chunk.length, -1);
    expect(sent).to.equal(100);
  });

  it("is ECONNRESET if a peer goes away with bytes unread, and ends the other direction", function* () {
    const { left, right, copying } = yield* startRelay();
    yield* bsend(right, Buffer.alloc(100_000), -1); // far more than waits between them
    yield* msleep(now() + 5);
    hclose(left);
    expect(yield* codeOf(join(copying, -1))).to.equal("ECONNRESET");
    hclose(right);
  });

  it("is ETIMEDOUT when its deadline comes", function* () {
    const [, a] = yield* ipcPair();
    const [b] = yield* ipcPair();
    const error = yield* failureOf(copyBidirectional(a, b, now() + 10));
    expect([error.code, error.syscall]).to.deep.equal(["ETIMEDOUT", "copy_bidirectional"]);
  });

  it("passes on all that is there, under deadline 0, and can be called again", function* () {
    const [left, a] = yield* ipcPair();
    const [b, right] = yield* ipcPair();
    const bytes = Buffer.alloc(150_000, "x");
    for (const h of [left, right]) yield* bsend(h, bytes, -1);
    expect(yield* codeOf(copyBidirectional(a, b, 0))).to.equal("ETIMEDOUT");
    yield* brecv(right, bytes.length, -1);
    yield* brecv(left, bytes.length, -1);
    yield* ipcDone(left, -1);
    yield* bsend(right, Buffer.from("the last word"), -1);
    yield* ipcDone(right, -1);
    expect(yield* copyBidirectional(a, b, now() + 1000)).to.deep.equal({ aToB: 0, bToA: 13 });
    expect(yield* codeOf(brecv(right, 1, -1))).to.equal("EPIPE");
  });

  it("is ETIMEDOUT when nothing has moved for too long, in either direction", function* () {
    const { left, right, copying } = yield* startRelay(-1, { idle: 100 });
    for (let i = 0; i < 5; i++) {
      yield* msleep(now() + 40);
      yield* bsend(i % 2 === 0 ? left : right, Buffer.from("x"), -1);
    }
    expect(yield* codeOf(join(copying, 0))).to.equal("ETIMEDOUT"); // of the join: it still runs
    const start = now();
    expect(yield* codeOf(join(copying, -1))).to.equal("ETIMEDOUT");
    expect(now() - start).to.be.above(20);
  });

  it("takes a reader that takes little at a time for one that moves", function* () {
    const [left, a] = yield* ipcPair();
    const slow = slowSink(500);
    yield* bsend(left, Buffer.alloc(10_000), -1);
    yield* ipcDone(left, -1);
    const { aToB } = yield* copyBidirectional(a, slow, -1, { idle: 200 }); // 20 sends, of 10 ms each
    expect(aToB).to.equal(10_000);
    hclose(slow);
  });

  it("is ECANCELED with its coroutine, and both directions end with it", function* () {
    const [left, a] = yield* ipcPair();
    const [b] = yield* ipcPair();
    let code = "";
    const copying = go(
      (function* () {
        const error = yield* failureOf(copyBidirectional(a, b, -1));
        code = `${error.code} ${error.syscall}`;
      })(),
    );
    hclose(copying);
    expect(code).to.equal("ECANCELED copy_bidirectional");
    yield* bsend(left, Buffer.from("received by another"), -1);
    expect(String(yield* brecvSome(a, 100, -1))).to.equal("received by another");
  });

  it("wakes with EBADF when one of the sockets is closed", function* () {
    const [, a] = yield* ipcPair();
    const [b] = yield* ipcPair();
    function* copy() {
      return yield* codeOf(copyBidirectional(a, b, -1));
    }
    const copying = go(copy());
    hclose(a);
    expect(yield* join(copying, -1)).to.equal("EBADF");
  });

  it("refuses what it can't use, and has touched nothing", function* () {
    const [left, a] = yield* ipcPair();
    const [b] = yield* ipcPair();
    yield* bsend(left, Buffer.from("kept"), -1);
    const idle = yield* failureOf(copyBidirectional(a, b, -1, { idle: 0 }));
    expect([idle.code, idle.message]).to.deep.equal([
      "EINVAL",
      "EINVAL: idle is a number of milliseconds above 0, not 0, copy_bidirectional",
    ]);
    expect(yield* codeOf(copyBidirectional(a, b, Number.NaN))).to.equal("EINVAL");
    const exact = withMethods(b, "send", "receive");
    expect(yield* codeOf(copyBidirectional(exact, a, -1))).to.equal("ENOTSUP");
    hclose(exact);
    expect(yield* codeOf(copyBidirectional(a, b, -1))).to.equal("EBADF");
    expect(String(yield* brecv(a, 4, -1))).to.equal("kept");
  });

  it("is EBUSY if another coroutine receives on one of the sockets", function* () {
    const [, a] = yield* ipcPair();
    const [b] = yield* ipcPair();
    go(
      (function* () {
        yield* codeOf(brecv(b, 1, -1));
      })(),
    );
    expect(yield* codeOf(copyBidirectional(a, b, -1))).to.equal("EBUSY");
  });

  it("passes on to a bytestream that can't be ended in one direction", function* () {
    const [left, a] = yield* ipcPair();
    const [b, right] = yield* ipcPair();
    const endless = withMethods(b, "send", "receive", "receiveSome");
    yield* bsend(left, Buffer.from("hello"), -1);
    for (const h of [left, right]) yield* ipcDone(h, -1);
    yield* copyBidirectional(a, endless, -1);
    expect(String(yield* brecv(right, 5, -1))).to.equal("hello");
    hclose(endless);
    expect(isErrno(yield* failureOf(brecv(right, 1, -1)), "EPIPE")).to.equal(true);
  });
});

/** Takes few bytes at a time, and some milliseconds for them. */
function slowSink(most: number): Bytestream {
  const methods: BytestreamMethods = {
    *send([bytes = new Uint8Array(0)]) {
      for (let at = 0; at < bytes.length; at += most) yield* msleep(now() + 10);
    },
    *receive() {
      yield* msleep(-1);
    },
    *receiveSome(_into, _deadline, syscall = "brecv_some") {
      yield* msleep(now() + 1);
      throw dillError("EPIPE", syscall);
    },
  };
  const query = (type: unknown) => (type === bytestreamType ? methods : undefined);
  return hmake({ query, close() {} }) as Bytestream;
}

/** The same socket, with these methods only. */
function withMethods(s: IpcSocket, ...names: readonly (keyof BytestreamMethods)[]): Bytestream {
  const whole = hquery(s, bytestreamType);
  const part = new Proxy(whole, {
    get: (_, name) => (names.some((each) => each === name) ? bind(whole, name) : undefined),
  });
  const methods = { query: (type: unknown) => (type === bytestreamType ? part : undefined), close };
  return hmake(methods) as Bytestream;

  function close(): void {
    hclose(s);
  }
}

function bind(whole: object, name: string | symbol): unknown {
  const method: unknown = Reflect.get(whole, name);
  return typeof method === "function" ? method.bind(whole) : method;
}
