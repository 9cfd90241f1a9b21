import { once } from "node:events";
import { Agent, createServer, type IncomingMessage, request } from "node:http";
import { connect, createServer as createNetServer, type AddressInfo } from "node:net";
import { Duplex, PassThrough, Readable } from "node:stream";
import { buffer, text } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { setImmediate as turn } from "node:timers/promises";
import { expect } from "chai";
import {
  brecv,
  brecvl,
  brecvSome,
  bsend,
  bsendl,
  bundle,
  bundleGo,
  type Bytestream,
  choose,
  copyBidirectional,
  type Coroutine,
  go,
  hclose,
  hmake,
  ipcAccept,
  ipcConnect,
  ipcDone,
  ipcListen,
  ipcPair,
  type IpcSocket,
  ipaddrLocal,
  isErrno,
  join,
  msleep,
  now,
  run,
  tcpAccept,
  tcpListen,
  tcpLocal,
  until,
  yieldNow,
} from "libdill-ts";
import { bytestreamType } from "libdill-ts/impl";
import {
  fromDuplex,
  fromWebStreams,
  streamDone,
  toDuplex,
  toWebStreams,
  type WebStreams,
} from "libdill-ts/streams";
import { codeOf, thrownBy, thrownIn } from "../support/failure.js";
import { withGetters } from "../support/hostileErrors.js";
import { it } from "../support/it.js";
import { startFixture } from "../support/process.js";
import { socketPath } from "../support/tempDir.js";

const megabyte = 1_000_000;
const bytes = Buffer.from(Array.from({ length: megabyte }, (_, i) => i % 251));

describe("toDuplex", () => {
  it("reads and writes, and half-closes each way", function* () {
    const [a, b] = yield* ipcPair();
    const stream = toDuplex(a);
    stream.write("hello");
    expect(String(yield* brecv(b, 5, -1))).to.equal("hello");
    stream.end("bye");
    expect(String(yield* brecv(b, 3, -1))).to.equal("bye");
    expect(yield* codeOf(brecv(b, 1, -1))).to.equal("EPIPE");
    yield* bsend(b, Buffer.from("still there"), -1);
    yield* ipcDone(b, -1);
    expect(yield* until(text(stream), -1)).to.equal("still there");
    yield* closed(stream);
    hclose(b);
  });

  it("takes the handle over, and closes it when both ways have ended", function* () {
    const [a, b] = yield* ipcPair();
    const stream = toDuplex(a);
    expect(yield* codeOf(bsend(a, Buffer.from("x"), -1))).to.equal("EBADF");
    yield* ipcDone(b, -1);
    stream.resume().end();
    yield* closed(stream);
    hclose(b);
  });

  it("carries a megabyte each way through pipelines, whole and in order", function* () {
    const [a, b] = yield* ipcPair();
    const [mine, yours] = [toDuplex(a), toDuplex(b)];
    const echoing = pipeline(yours, yours);
    const received = buffer(mine);
    yield* until(pipeline(Readable.from([bytes]), mine), -1);
    expect((yield* until(received, -1)).equals(bytes)).to.equal(true);
    yield* until(echoing, -1);
  });

  it("stops reading when nobody takes what it has, and writing when nobody reads", function* () {
    const [a, b] = yield* ipcPair();
    const stream = toDuplex(a);
    const sender = go(sending(b, bytes));
    yield* until(once(stream, "readable"), -1);
    yield* msleep(now() + 5);
    expect(stream.readableLength).to.be.below(200_000);
    let accepted = 0;
    while (stream.write(bytes.subarray(0, 65_536)) && accepted < megabyte) accepted += 65_536;
    expect(accepted).to.be.below(megabyte);
    stream.destroy();
    yield* closed(stream);
    for (const h of [sender, b]) hclose(h);
  });

  it("is destroyed with our error when the peer breaks off", function* () {
    const [a, b] = yield* ipcPair();
    const stream = toDuplex(a);
    stream.on("error", () => {});
    yield* bsend(b, Buffer.from("unread"), -1);
    stream.pause();
    hclose(b);
    for (let i = 0; i < 10; i++) stream.write(bytes.subarray(0, 65_536));
    stream.resume();
    yield* closed(stream);
    expect(isErrno(stream.errored, "ECONNRESET")).to.equal(true);
  });

  it("destroyed in the middle, closes at once, and the peer sees it", function* () {
    const [a, b] = yield* ipcPair();
    const stream = toDuplex(a);
    stream.resume();
    stream.write(bytes);
    stream.destroy();
    yield* closed(stream);
    const rest = yield* thrownIn(brecv(b, 10 * megabyte, -1));
    expect(isErrno(rest, "EPIPE", "ECONNRESET")).to.equal(true);
    hclose(b);
  });

  it("is destroyed at the end of the run, without an error, whether it reads or is idle", async () => {
    const streams = await run(
      (function* () {
        const [a, b] = yield* ipcPair();
        return [toDuplex(a).resume(), toDuplex(b)];
      })(),
    );
    for (const stream of streams) {
      await closing(stream);
      expect(stream.errored).to.equal(null);
    }
  });

  it("made outside a run, is destroyed without an error when the socket's run ends", async () => {
    let socket: IpcSocket | undefined;
    const running = run(
      (function* () {
        [socket] = yield* ipcPair();
        yield* msleep(now() + 5);
      })(),
    );
    while (socket === undefined) await turn();
    const stream = toDuplex(socket).resume();
    await running;
    await closing(stream);
    expect(stream.errored).to.equal(null);
  });

  it("tells a write under way at the end of the run that it was canceled", async () => {
    const told = await run(
      (function* () {
        const [a] = yield* ipcPair();
        const stream = toDuplex(a);
        return [new Promise((resolve) => stream.write(Buffer.alloc(10 * megabyte), resolve))];
      })(),
    );
    expect(isErrno(await told[0], "ECANCELED")).to.equal(true);
  });

  it("leaves an error that a listener throws uncaught, as any stream does", async () => {
    const program = startFixture("listenerThrows");
    const { status, stderr } = await program.ended();
    expect(status).to.equal(1);
    expect(stderr).to.include("Error: a bug in a listener");
    expect(stderr).not.to.include("rejection");
  });

  it("takes a farewell from a coroutine that is being canceled", function* () {
    const [a, b] = yield* ipcPair();
    const stream = toDuplex(a);
    const h = go(
      (function* () {
        try {
          yield* msleep(-1);
        } finally {
          stream.end("bye");
        }
      })(),
    );
    hclose(h);
    expect(String(yield* brecv(b, 3, now() + 1000))).to.equal("bye");
    expect(yield* codeOf(brecv(b, 1, now() + 1000))).to.equal("EPIPE");
    stream.destroy();
    yield* closed(stream);
    hclose(b);
  });

  it("throws what is wrong with the handle at once", function* () {
    expect(thrownBy(() => toDuplex(12_345 as never))).to.have.property("code", "EBADF");
    const strict = hmake({
      query: (type) => (type === bytestreamType ? { send: never, receive: never } : undefined),
      close() {},
    });
    expect(thrownBy(() => toDuplex(strict as never))).to.have.property("code", "ENOTSUP");
    hclose(strict);
    const [a, b] = yield* ipcPair();
    const options = withGetters({}, ["allowHalfOpen"]);
    expect(thrownBy(() => toDuplex(a, options))).to.be.instanceOf(Error);
    yield* bsend(a, Buffer.from("still mine"), now() + 1000);
    let code: unknown;
    const h = go(
      (function* () {
        try {
          yield* msleep(-1);
        } finally {
          code = (thrownBy(() => toDuplex(a)) as { code?: unknown }).code;
        }
      })(),
    );
    hclose(h);
    expect(code).to.equal("ECANCELED");
    for (const other of [a, b]) hclose(other);
  });
});

describe("fromDuplex", () => {
  it("is a bytestream: all or nothing, lists, and what has come", function* () {
    const [near, far] = duplexPair();
    const s = fromDuplex(near);
    yield* bsendl(s, [Buffer.from("ab"), Buffer.from("cd")], -1);
    expect(String(far.read())).to.equal("abcd");
    far.write("hello, world");
    expect(String(yield* brecv(s, 5, -1))).to.equal("hello");
    const [, rest] = [null, yield* brecvl(s, [{ skip: 2 }, 3], -1)];
    expect(rest.map(String)).to.deep.equal(["wor"]);
    expect(String(yield* brecvSome(s, 9, -1))).to.equal("ld");
    hclose(s);
    expect(near.destroyed).to.equal(true);
  });

  it("resets a socket of Node's that is closed in the middle of a send", function* () {
    const ls = yield* tcpListen(ipaddrLocal("127.0.0.1", 0), 1);
    const s = fromDuplex(connect(tcpLocal(ls).port, "127.0.0.1"));
    const peer = yield* tcpAccept(ls, -1);
    expect(yield* codeOf(bsend(s, Buffer.alloc(50_000_000), now() + 5))).to.equal("ETIMEDOUT");
    hclose(s);
    expect(yield* codeOf(brecv(peer, 50_000_000, -1))).to.equal("ECONNRESET");
    for (const h of [peer, ls]) hclose(h);
  });

  it("half-closes each way", function* () {
    const [near, far] = duplexPair();
    const s = fromDuplex(near);
    yield* streamDone(s, -1);
    far.resume();
    yield* until(once(far, "end"), -1);
    expect(yield* codeOf(bsend(s, Buffer.from("x"), -1))).to.equal("EPIPE");
    expect(yield* codeOf(streamDone(s, -1))).to.equal("EPIPE");
    far.end("last");
    expect(String(yield* brecv(s, 4, -1))).to.equal("last");
    expect(yield* codeOf(brecv(s, 1, -1))).to.equal("EPIPE");
    hclose(s);
  });

  it("is EBUSY for streamDone while a copy uses it", function* () {
    const s = fromDuplex(duplexPair()[0]);
    const other = fromDuplex(duplexPair()[0]);
    const copying = go(copyBoth());
    expect(yield* codeOf(streamDone(s, -1))).to.equal("EBUSY");
    hclose(copying);
    yield* streamDone(s, -1);

    function* copyBoth() {
      yield* copyBidirectional(s, other, -1);
    }
  });

  it("a deadline in the middle breaks the direction, and a second reader is EBUSY", function* () {
    const [near, far] = duplexPair();
    const s = fromDuplex(near);
    far.write("ab");
    const reader = go(
      (function* () {
        yield* brecv(s, 3, -1);
      })(),
    );
    expect(yield* codeOf(brecv(s, 1, -1))).to.equal("EBUSY");
    yield* msleep(now() + 5);
    hclose(reader);
    expect(yield* codeOf(brecv(s, 1, -1))).to.equal("ECONNRESET");
    yield* bsend(s, Buffer.from("x"), -1);
    expect(yield* codeOf(bsend(s, Buffer.alloc(1 << 20), now() + 1))).to.equal("ETIMEDOUT");
    hclose(s);
  });

  it("breaks with the stream's error, which is the cause", function* () {
    const [near] = duplexPair();
    const s = fromDuplex(near);
    const mine = new Error("mine");
    const reader = go(
      (function* () {
        return yield* thrownIn(brecv(s, 1, -1));
      })(),
    );
    near.destroy(mine);
    const error = yield* join(reader, -1);
    expect(error).to.include({ code: "EIO", cause: mine });
    for (const h of [reader, s]) hclose(h);
  });

  it("goes on receiving from a stream that was ended before, and a send is EPIPE", function* () {
    const s = fromDuplex(new PassThrough().end("abc"));
    expect(yield* codeOf(bsend(s, Buffer.from("x"), -1))).to.equal("EPIPE");
    expect(String(yield* brecv(s, 3, -1))).to.equal("abc");
    hclose(s);
  });

  it("fails a send whose write fails, though the stream is not destroyed by that", function* () {
    const mine = new Error("mine");
    const stream = new Duplex({
      autoDestroy: false,
      read() {},
      write: (_chunk, _encoding, done) => done(mine),
    });
    const s = fromDuplex(stream);
    const error = yield* thrownIn(bsend(s, Buffer.from("x"), now() + 1000));
    expect(error).to.include({ code: "EIO", cause: mine });
    expect(thrownBy(() => fromDuplex(stream))).to.include({ code: "EINVAL" });
    hclose(s);
  });

  it("can be closed by the stream itself, as a receive begins: EBADF", function* () {
    const stream = new Duplex({ read() {} });
    const h = fromDuplex(stream);
    stream.resume = () => {
      hclose(h);
      return stream;
    };
    expect(yield* codeOf(brecv(h, 1, -1))).to.equal("EBADF");
    expect(stream.destroyed).to.equal(true);
  });

  it("can give its bytes at once, as a receive begins", function* () {
    const stream = new Duplex({ read() {}, write() {} });
    const h = fromDuplex(stream);
    stream.resume = () => {
      stream.emit("data", Buffer.from("abc"));
      return stream;
    };
    expect(String(yield* brecv(h, 3, -1))).to.equal("abc");
    hclose(h);
  });

  it("stops reading from a stream when nobody receives", function* () {
    const [near, far] = duplexPair();
    const s = fromDuplex(near);
    let written = 0;
    while (far.write(bytes.subarray(0, 65_536)) || written < 3 * 65_536) written += 65_536;
    expect(String(yield* brecv(s, 1, -1))).to.equal(String.fromCharCode(0));
    yield* msleep(now() + 5);
    expect(far.writableLength + near.readableLength).to.be.above(65_536);
    hclose(s);
    far.destroy();
  });

  it("carries TCP", function* () {
    const server = createNetServer((socket) => socket.pipe(socket)).listen(0, "127.0.0.1");
    yield* until(once(server, "listening"), -1);
    const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
    yield* until(once(socket, "connect"), -1);
    const s = fromDuplex(socket);
    const sender = go(sending(s, bytes));
    expect((yield* brecv(s, megabyte, -1)).equals(bytes)).to.equal(true);
    yield* join(sender, -1);
    hclose(sender);
    hclose(s);
    server.close();
    yield* until(once(server, "close"), -1);
  });

  it("under the deadline 0 sends, and takes what is there, however busy the process is", function* () {
    const crowd = bundle();
    for (let i = 0; i < 10; i++) bundleGo(crowd, busy());
    const [a, b] = yield* ipcPair();
    const [from, to] = [fromDuplex(toDuplex(a)), fromDuplex(toDuplex(b))];
    for (let i = 0; i < 5; i++) {
      yield* bsend(from, Buffer.from("ab"), 0);
      expect(String(yield* brecv(to, 1, -1))).to.equal("a");
      expect(String(yield* brecv(to, 1, 0))).to.equal("b");
      yield* bsend(from, Buffer.from("c"), -1);
      expect(String(yield* brecv(to, 1, 0))).to.equal("c");
      yield* bsend(from, Buffer.from("d"), -1);
      yield* choose([{ op: "readable", s: to }], 0);
      yield* brecv(to, 1, -1);
    }
    for (const h of [crowd, from, to]) hclose(h);

    function* busy(): Coroutine {
      for (;;) {
        const end = performance.now() + 2;
        while (performance.now() < end);
        yield* yieldNow();
      }
    }
  });

  it("is EINVAL for what is no stream of bytes, and ENOTSUP for another handle", function* () {
    const strings = new PassThrough().setEncoding("utf8");
    for (const given of [1, null, {}, new PassThrough({ objectMode: true }), strings]) {
      expect(thrownBy(() => fromDuplex(given as never))).to.have.property("code", "EINVAL");
    }
    const destroyed = new PassThrough().destroy();
    expect(thrownBy(() => fromDuplex(destroyed))).to.have.property("code", "EINVAL");
    const [a, b] = yield* ipcPair();
    expect(yield* codeOf(streamDone(a as never, -1))).to.equal("ENOTSUP");
    expect(yield* codeOf(streamDone(12_345 as never, -1))).to.equal("EBADF");
    const [near] = duplexPair();
    const s = fromDuplex(near);
    expect(yield* codeOf(streamDone(s, NaN))).to.equal("EINVAL");
    const nearCloses = once(near, "close");
    near.destroy();
    yield* until(nearCloses, -1);
    expect(yield* codeOf(streamDone(s, -1))).to.equal("ECONNRESET");
    for (const h of [a, b, s]) hclose(h);
  });
});

describe("fromDuplex and fromWebStreams", () => {
  it("are EBUSY for a stream that somebody has already", function* () {
    const stream = new PassThrough();
    const s = fromDuplex(stream);
    expect(thrownBy(() => fromDuplex(stream))).to.include({ code: "EBUSY" });
    hclose(s);
    const streams = new TransformStream<Uint8Array, Uint8Array>();
    streams.readable.getReader();
    expect(thrownBy(() => fromWebStreams(streams))).to.include({ code: "EBUSY" });
  });

  it("are ECANCELED in a canceled coroutine, and leave the stream as it was", function* () {
    const stream = new PassThrough();
    const streams = new TransformStream<Uint8Array, Uint8Array>();
    const errors: unknown[] = [];
    const h = go(
      (function* () {
        try {
          yield* msleep(-1);
        } finally {
          errors.push(thrownBy(() => fromDuplex(stream)));
          errors.push(thrownBy(() => fromWebStreams(streams)));
        }
      })(),
    );
    hclose(h);
    for (const error of errors) expect(error).to.include({ code: "ECANCELED" });
    expect(errors).to.have.length(2);
    expect(stream.listenerCount("data")).to.equal(0);
    expect(streams.readable.locked).to.equal(false);
    yield;
  });
});

describe("fromWebStreams", () => {
  it("is EINVAL for what is no pair of streams", () => {
    for (const given of [undefined, null, 1, {}, { readable: new TransformStream().readable }]) {
      expect(thrownBy(() => fromWebStreams(given as never))).to.include({ code: "EINVAL" });
    }
  });
});

describe("Web streams", () => {
  it("of a socket carry bytes both ways, and end", function* () {
    const [a, b] = yield* ipcPair();
    const { readable, writable } = toWebStreams(a);
    const writer = writable.getWriter();
    yield* until(writer.write(Buffer.from("hello")), -1);
    yield* until(writer.close(), now() + 1000); // and not when the other side has ended, too
    expect(String(yield* brecv(b, 5, -1))).to.equal("hello");
    expect(yield* codeOf(brecv(b, 1, -1))).to.equal("EPIPE");
    yield* bsend(b, Buffer.from("there"), -1);
    yield* ipcDone(b, -1);
    expect(String(yield* until(buffer(readable), -1))).to.equal("there");
    hclose(b);
  });

  it("of a socket: the readable ends when the peer has, though the writable has not", function* () {
    const [a, b] = yield* ipcPair();
    const { readable, writable } = toWebStreams(a);
    yield* bsend(b, Buffer.from("question"), -1);
    yield* ipcDone(b, -1);
    expect(yield* until(text(readable), now() + 1000)).to.equal("question");
    const writer = writable.getWriter();
    yield* until(writer.write(Buffer.from("answer")), -1);
    yield* until(writer.close(), -1);
    expect(String(yield* brecv(b, 6, -1))).to.equal("answer");
    hclose(b);
  });

  it("of a socket: an abort does not wait for the write under way", function* () {
    const [a, b] = yield* ipcPair();
    const writer = toWebStreams(a).writable.getWriter();
    const writing = writer.write(new Uint8Array(10 * megabyte)).catch(() => "failed");
    yield* until(writer.abort(new Error("enough")), now() + 1000);
    expect(yield* until(writing, now() + 1000)).to.equal("failed");
    hclose(b);
  });

  it("of a socket stop reading when nobody reads them", function* () {
    const [a, b] = yield* ipcPair();
    const { readable } = toWebStreams(a);
    expect(yield* codeOf(bsend(b, Buffer.alloc(10 * megabyte), now() + 50))).to.equal("ETIMEDOUT");
    yield* until(readable.cancel(), -1);
    hclose(b);
  });

  it("as a socket half-close each way: what is sent after the peer's end arrives", function* () {
    const got: string[] = [];
    const s = fromWebStreams({
      readable: new Blob(["question"]).stream(),
      writable: new WritableStream({ write: (chunk) => void got.push(String(chunk)) }),
    });
    expect(String(yield* brecv(s, 8, -1))).to.equal("question");
    expect(yield* codeOf(brecv(s, 1, -1))).to.equal("EPIPE");
    yield* bsend(s, Buffer.from("answer"), now() + 1000);
    expect(got).to.deep.equal(["answer"]);
    hclose(s);
  });

  it("of a socket: aborting one or canceling the other closes it", function* () {
    for (const end of [
      ({ writable }: WebStreams) => writable.abort(new Error("enough")),
      ({ readable }: WebStreams) => readable.cancel(new Error("enough")),
    ]) {
      const [a, b] = yield* ipcPair();
      const streams = toWebStreams(a);
      yield* until(end(streams), now() + 1000);
      expect(yield* codeOf(brecv(b, 1, now() + 1000))).to.equal("EPIPE");
      hclose(b);
    }
  });

  it("of a socket fail when the peer breaks off", function* () {
    const [a, b] = yield* ipcPair();
    const { writable } = toWebStreams(a);
    const writing = writable.getWriter().write(new Uint8Array(10 * megabyte));
    hclose(b);
    expect(yield* codeOf(until(writing, now() + 1000))).to.equal("ECONNRESET");
  });

  it("are a socket of ours", function* () {
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
    const s = fromWebStreams({ readable, writable });
    const sender = go(sending(s, Buffer.from("round trip")));
    expect(String(yield* brecv(s, 10, -1))).to.equal("round trip");
    yield* join(sender, -1);
    for (const h of [sender, s]) hclose(h);
  });
});

describe("node:http over ipc handles", () => {
  it("tells a request of its time limit, and keeps a connection for the next one", function* () {
    const path = socketPath();
    const ls = yield* ipcListen(path, 10);
    const server = createServer((incoming, outgoing) => {
      if (incoming.url !== "/never") outgoing.end(incoming.url);
    });
    let accepted = 0;
    const accepting = go(
      (function* () {
        for (;;) {
          server.emit("connection", toDuplex(yield* ipcAccept(ls, -1)));
          accepted += 1;
        }
      })(),
    );
    const made = toDuplex(yield* ipcConnect(path, -1));
    const agent = new Agent({ keepAlive: true });
    Reflect.set(agent, "createConnection", () => made);
    for (const url of ["/one", "/two"]) {
      const asking = request({ agent, path: url, timeout: 1000 }).end();
      const [answer] = (yield* until(once(asking, "response"), -1)) as [IncomingMessage];
      expect(yield* until(text(answer), -1)).to.equal(url);
    }
    expect(accepted).to.equal(1);
    const asking = request({ agent, path: "/never", timeout: 20 }).end();
    yield* until(once(asking, "timeout"), now() + 1000);
    asking.on("error", () => {}).destroy();
    yield* closed(made);
    agent.destroy();
    hclose(accepting);
    hclose(ls);
  });

  it("serves requests with big bodies", function* () {
    const path = socketPath();
    const ls = yield* ipcListen(path, 10);
    const server = createServer((incoming, outgoing) => void incoming.pipe(outgoing));
    const accepting = go(
      (function* () {
        for (;;) server.emit("connection", toDuplex(yield* ipcAccept(ls, -1)));
      })(),
    );
    for (let i = 0; i < 3; i++) {
      const stream = toDuplex(yield* ipcConnect(path, -1));
      const headers = { connection: "close" };
      const outgoing = request({ method: "POST", headers, createConnection: () => stream });
      outgoing.end(bytes);
      const [incoming] = (yield* until(once(outgoing, "response"), -1)) as [Readable];
      expect((yield* until(buffer(incoming), -1)).equals(bytes)).to.equal(true);
      yield* closed(stream);
    }
    server.close();
    for (const h of [accepting, ls]) hclose(h);
  });
});

function never(): never {
  throw new Error("nobody calls this");
}

function* sending(s: Bytestream, what: Uint8Array): Coroutine {
  yield* bsend(s, what, -1);
}

function* closed(stream: Duplex): Coroutine {
  yield* until(closing(stream), -1);
}

/** Also of one that fails. */
async function closing(stream: Duplex): Promise<void> {
  if (!stream.closed) await new Promise((resolve) => stream.once("close", resolve));
}

/** Two streams, of which each reads what the other is written. */
function duplexPair(): [Duplex, Duplex] {
  const [one, other] = [new Side(), new Side()];
  [one.peer, other.peer] = [other, one];
  return [one, other];
}

class Side extends Duplex {
  peer: Side | undefined;
  /** Lets the peer write on. */
  #goOn: (() => void) | undefined;

  override _read(): void {
    const goOn = this.#goOn;
    this.#goOn = undefined;
    goOn?.();
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    if (this.peer?.push(chunk) === true) done();
    else if (this.peer !== undefined) this.peer.#goOn = done;
  }

  override _final(done: () => void): void {
    this.peer?.push(null);
    done();
  }
}
