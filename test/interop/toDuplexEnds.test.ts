// How a stream of a socket ends, and what is left of it: as with a net.Socket.
import { once } from "node:events";
import { createServer } from "node:http";
import { type Duplex, finished } from "node:stream";
import { buffer } from "node:stream/consumers";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect } from "chai";
import {
  brecv,
  bsend,
  hclose,
  ipcDone,
  ipcPair,
  type IpcSocket,
  msleep,
  now,
  until,
} from "libdill-ts";
import { toDuplex, toWebStreams } from "libdill-ts/streams";
import { codeOf, thrownBy } from "../support/failure.js";
import { itBoth as it } from "../support/it.js";

describe("toDuplex, when the peer ends", () => {
  const readers: readonly [string, (stream: Duplex) => unknown][] = [
    ["data is read", (stream) => stream.on("data", () => {})],
    ["it flows", (stream) => stream.resume()],
    ["nobody reads, because nothing comes", () => {}],
    ["it is piped", (stream) => stream.pipe(stream)],
  ];
  for (const [name, read] of readers) {
    it(`ends its own side and closes: ${name}`, function* () {
      const [a, b] = yield* ipcPair();
      const stream = toDuplex(a);
      read(stream);
      const closes = once(stream, "close");
      yield* ipcDone(b, -1);
      yield* until(closes, now() + 1000);
      expect(stream.writableFinished).to.equal(true);
      expect(yield* codeOf(brecv(b, 1, now() + 1000))).to.equal("EPIPE");
      hclose(b);
    });
  }

  it("sends what was written before, and is finished", function* () {
    const [a, b] = yield* ipcPair();
    const stream = toDuplex(a);
    const bytes = Buffer.alloc(1_000_000, "x");
    stream.resume().write(bytes);
    const finishes = new Promise((resolve) => finished(stream, resolve));
    yield* ipcDone(b, -1);
    expect((yield* brecv(b, bytes.length, now() + 1000)).equals(bytes)).to.equal(true);
    expect(yield* codeOf(brecv(b, 1, now() + 1000))).to.equal("EPIPE");
    expect(yield* until(finishes, now() + 1000)).to.equal(undefined);
    hclose(b);
  });

  it("keeps what nobody has read yet, and closes when it is read", function* () {
    const [a, b] = yield* ipcPair();
    const stream = toDuplex(a);
    yield* bsend(b, Buffer.from("unread"), -1);
    yield* ipcDone(b, -1);
    yield* msleep(now() + 5);
    expect(stream.destroyed).to.equal(false);
    const closes = once(stream, "close");
    expect(String(yield* until(buffer(stream), now() + 1000))).to.equal("unread");
    yield* until(closes, now() + 1000);
    hclose(b);
  });

  it("stays writable with allowHalfOpen", function* () {
    const [a, b] = yield* ipcPair();
    const stream = toDuplex(a, { allowHalfOpen: true }).resume();
    yield* ipcDone(b, -1);
    yield* until(once(stream, "end"), now() + 1000);
    yield* msleep(now() + 5);
    stream.write("more");
    expect(String(yield* brecv(b, 4, now() + 1000))).to.equal("more");
    const closes = once(stream, "close");
    stream.end();
    yield* until(closes, now() + 1000);
    hclose(b);
  });

  it("stays writable as Web streams", function* () {
    const [a, b] = yield* ipcPair();
    const { readable, writable } = toWebStreams(a);
    yield* ipcDone(b, -1);
    const reader = readable.getReader();
    expect((yield* until(reader.read(), now() + 1000)).done).to.equal(true);
    const writer = writable.getWriter();
    yield* until(writer.write(Buffer.from("more")), now() + 1000);
    expect(String(yield* brecv(b, 4, now() + 1000))).to.equal("more");
    yield* until(writer.close(), now() + 1000);
    hclose(b);
  });
});

describe("toDuplex's setTimeout", () => {
  it("rings after its time without traffic, and again after the next traffic", function* () {
    const [a, b] = yield* ipcPair();
    const stream = timed(a);
    stream.resume();
    let rings = 0;
    stream.on("timeout", () => (rings += 1));
    const start = now();
    stream.setTimeout(40);
    for (let i = 0; i < 4; i++) {
      yield* msleep(now() + 15);
      yield* bsend(b, Buffer.from("x"), -1);
    }
    const isInTime = now() - start < 60 + 20; // or the machine is too busy to tell
    if (isInTime) expect(rings).to.equal(0);
    yield* until(once(stream, "timeout"), now() + 1000);
    yield* msleep(now() + 60);
    const before = rings;
    yield* bsend(b, Buffer.from("x"), -1);
    yield* until(once(stream, "timeout"), now() + 1000);
    expect(rings).to.equal(before + 1);
    stream.destroy();
    hclose(b);
  });

  it("0 takes the limit back", function* () {
    const [a, b] = yield* ipcPair();
    const stream = timed(a);
    const onTimeout = () => expect.fail("it has rung");
    stream.setTimeout(5, onTimeout).setTimeout(0, onTimeout);
    expect(stream.listenerCount("timeout")).to.equal(0);
    stream.on("timeout", onTimeout);
    yield* msleep(now() + 15);
    stream.write("x");
    yield* msleep(now() + 15);
    stream.destroy();
    hclose(b);
  });

  it("is EINVAL for what is no number of milliseconds", function* () {
    const [a, b] = yield* ipcPair();
    const stream = timed(a);
    for (const length of [-1, NaN, Infinity, "1s", undefined]) {
      const error = thrownBy(() => stream.setTimeout(length as never));
      expect(error).to.include({ code: "EINVAL" });
    }
    stream.setTimeout(2 ** 40); // longer than a timer of Node can wait
    stream.destroy();
    hclose(b);
  });

  it("keeps no stream in memory that was destroyed, or whose limit was taken back", function* () {
    const streams: WeakRef<Duplex>[] = [];
    for (let i = 0; i < 20; i++) yield* use(streams);
    yield* msleep(now() + 10);
    collectGarbage();
    yield* msleep(now() + 10);
    collectGarbage();
    expect(streams.filter((stream) => stream.deref() !== undefined)).to.have.length.below(5);
  });

  it("keeps no connection of a server that has a limit", function* () {
    const streams: WeakRef<Duplex>[] = [];
    const server = createServer((_incoming, outgoing) => outgoing.end("hello"));
    server.setTimeout(600e3);
    for (let i = 0; i < 20; i++) {
      const [a, b] = yield* ipcPair();
      server.emit("connection", noted(toDuplex(a), streams));
      yield* bsend(b, Buffer.from("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"), -1);
      yield* brecv(b, 12, -1);
      hclose(b);
    }
    yield* msleep(now() + 10);
    collectGarbage();
    yield* msleep(now() + 10);
    collectGarbage();
    expect(streams.filter((stream) => stream.deref() !== undefined)).to.have.length.below(5);
    server.close();
  });
});

function* use(streams: WeakRef<Duplex>[]) {
  const [a, b] = yield* ipcPair();
  const closes = limited(a, streams);
  yield* until(closes, -1);
  hclose(b);
}

/** A function of its own, whose stack frame is gone when the garbage is collected. */
function limited(a: IpcSocket, streams: WeakRef<Duplex>[]): Promise<unknown> {
  const stream = timed(a);
  noted(stream, streams);
  stream.setTimeout(3600e3);
  if (streams.length % 2 === 0) stream.setTimeout(7200e3).setTimeout(0);
  stream.destroy();
  stream.setTimeout(3600e3);
  return once(stream, "close");
}

function noted(stream: Duplex, streams: WeakRef<Duplex>[]): Duplex {
  streams.push(new WeakRef(stream));
  return stream;
}

type Timed = Duplex & { setTimeout(length: number, onTimeout?: () => void): Timed };

function timed(s: IpcSocket): Timed {
  return toDuplex(s) as Timed;
}

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;
