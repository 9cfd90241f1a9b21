// Streams that call back and emit from inside the call: Node's own never do, but those of other libraries may.
import { Duplex, PassThrough } from "node:stream";
import { setImmediate as turn } from "node:timers/promises";
import { expect } from "chai";
import { brecv, bsend, bsendl, go, hclose, join, msleep, now } from "libdill-ts";
import { fromDuplex, streamDone } from "libdill-ts/streams";
import { DuplexSocket } from "#src/interop/streams/duplexSocket.js";
import { codeOf, thrownIn } from "../../support/failure.js";
import { itBoth as it } from "../../support/it.js";

describe("fromDuplex of a stream that answers from inside the call", () => {
  it("sends all, by one write and by many", function* () {
    const stream = new Hasty();
    const s = fromDuplex(stream);
    yield* bsend(s, Buffer.from("one"), now() + 1000);
    yield* bsendl(s, [Buffer.alloc(200_000, "a"), Buffer.alloc(100_000, "b")], now() + 1000);
    expect(String(stream.written)).to.equal(`one${"a".repeat(200_000)}${"b".repeat(100_000)}`);
    yield* streamDone(s, -1);
    expect(yield* codeOf(bsend(s, Buffer.from("x"), now() + 1000))).to.equal("EPIPE");
    hclose(s);
  });

  it("receives its echo in order, and then its end", function* () {
    const s = fromDuplex(new Hasty({ isEcho: true }));
    for (let i = 0; i < 10; i++) yield* bsend(s, Buffer.from(String(i)), now() + 1000);
    expect(String(yield* brecv(s, 10, now() + 1000))).to.equal("0123456789");
    yield* streamDone(s, -1);
    expect(yield* codeOf(brecv(s, 1, now() + 1000))).to.equal("EPIPE");
    hclose(s);
  });

  it("wakes a reader for what comes when it begins to read", function* () {
    const stream = new Hasty();
    const s = fromDuplex(stream);
    stream.waiting = "hello";
    expect(String(yield* brecv(s, 5, now() + 1000))).to.equal("hello");
    hclose(s);
  });

  it("fails with what the stream's methods throw, which is the cause", function* () {
    const mine = new Error("mine");
    const s = fromDuplex(new Hasty({ thrown: mine }));
    const error = yield* thrownIn(bsend(s, Buffer.from("x"), now() + 1000));
    expect(error).to.include({ code: "EIO", cause: mine });
    hclose(s);
  });

  it("is ECONNRESET for a sender whose stream has been destroyed", function* () {
    const stream = new PassThrough();
    const s = fromDuplex(stream);
    stream.destroy();
    yield* msleep(now() + 1);
    expect(yield* codeOf(bsend(s, Buffer.alloc(100_000), now() + 1000))).to.equal("ECONNRESET");
    hclose(s);
  });

  it("leaves the others their turns, however much it sends", function* () {
    const s = fromDuplex(new Hasty({ isSink: true }));
    let sent = 0;
    const sender = go(
      (function* () {
        for (;;) {
          yield* bsend(s, Buffer.from("x"), -1);
          sent += 1;
        }
      })(),
    );
    const start = now();
    for (let i = 0; i < 5; i++) yield* msleep(now() + 2);
    expect(now() - start).to.be.below(500);
    expect(sent).to.be.above(5);
    for (const h of [sender, s]) hclose(h);
  });

  it("can be closed from inside its write", function* () {
    const stream = new Hasty();
    const s = fromDuplex(stream);
    stream.onWrite = () => hclose(s);
    const sender = go(
      (function* () {
        return yield* thrownIn(bsend(s, Buffer.from("x"), now() + 50));
      })(),
    );
    const error = yield* join(sender, now() + 1000);
    expect(error).to.have.property("code");
    expect(stream.destroyed).to.equal(true);
    hclose(sender);
  });
});

describe("DuplexSocket", () => {
  for (const isEcho of [false, true]) {
    it(`tells nothing from inside a call, and all in order (echo: ${String(isEcho)})`, async () => {
      const stream = new Hasty({ isEcho });
      const { socket, told, call } = recorded(stream);
      stream.waiting = "first";
      call(() => socket.resume());
      call(() => socket.write(Buffer.from("a")));
      stream.emit("data", Buffer.from("from outside"));
      call(() => socket.write(Buffer.from("b")));
      call(() => socket.pause());
      call(() => socket.end());
      expect(told).to.deep.equal([]);
      await turn();
      const [a, b] = isEcho ? ["received a", "received b"] : [];
      const expected = ["received first", a, "written", "received from outside", b, "written"];
      const end = isEcho ? ["ended"] : [];
      expect(told).to.deep.equal([...expected.filter((event) => event !== undefined), ...end]);
      stream.emit("data", Buffer.from("at once"));
      expect(told.at(-1)).to.equal("received at once");
      socket.close();
    });
  }

  it("tells nothing after it was closed", async () => {
    const stream = new Hasty({ isEcho: true });
    const { socket, told } = recorded(stream);
    socket.write(Buffer.from("a"));
    socket.close();
    stream.emit("data", Buffer.from("late"));
    await turn();
    expect(told).to.deep.equal([]);
  });

  it("tells nothing that a stream has queued after a user closed the socket", async () => {
    const stream = new Hasty({ isEcho: true });
    const { socket, told } = recorded(stream, (event) => {
      if (event === "received a") socket.close();
    });
    socket.write(Buffer.from("a"));
    await turn();
    expect(told).to.deep.equal(["received a"]);
  });
});

function recorded(stream: Duplex, onEvent: (event: string) => void = () => {}) {
  const socket = new DuplexSocket(stream);
  const told: string[] = [];
  let isInside = false;
  const tell = (event: string) => {
    told.push(isInside ? `${event}, from inside a call` : event);
    onEvent(event);
  };
  socket.events = {
    received: (bytes, length) => tell(`received ${String(bytes.subarray(0, length))}`),
    ended: () => tell("ended"),
    readFailed: ({ code }) => tell(`readFailed ${code}`),
    written: () => tell("written"),
    writeFailed: ({ code }) => tell(`writeFailed ${code}`),
  };
  const call = (job: () => void) => {
    isInside = true;
    job();
    isInside = false;
  };
  return { socket, told, call };
}

/** Overrides the public methods, as streams do that wrap another library's connection. */
class Hasty extends Duplex {
  written: Buffer = Buffer.alloc(0);
  /** Comes when somebody begins to read. */
  waiting = "";
  onWrite: () => void = () => {};
  readonly #options: { isEcho?: boolean; isSink?: boolean; thrown?: Error };

  constructor(options: { isEcho?: boolean; isSink?: boolean; thrown?: Error } = {}) {
    super({ read() {} });
    this.#options = options;
  }

  override write(chunk: unknown, ...rest: unknown[]): boolean {
    const { isEcho, isSink, thrown } = this.#options;
    if (thrown !== undefined) throw thrown;
    const bytes = Buffer.from(chunk as Uint8Array);
    if (isSink !== true) this.written = Buffer.concat([this.written, bytes]);
    this.onWrite();
    if (isEcho === true) this.emit("data", bytes);
    (rest.at(-1) as () => void)();
    return true;
  }

  override end(): this {
    if (this.#options.isEcho === true) this.emit("end");
    return this;
  }

  override resume(): this {
    const bytes = this.waiting;
    this.waiting = "";
    if (bytes !== "") this.emit("data", Buffer.from(bytes));
    return this;
  }
}
