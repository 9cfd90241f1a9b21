// What is sent on behalf of somebody who does not send: it comes between two sends, never inside one.
import { expect } from "chai";
import {
  brecv,
  bsend,
  type Bytestream,
  type Coroutine,
  go,
  hclose,
  ipcDone,
  ipcPair,
  join,
  now,
} from "libdill-ts";
import { type BytestreamMethods, bytestreamType, hquery } from "libdill-ts/impl";
import { codeOf, codeOfCall, codeOrNone } from "../support/failure.js";
import { fedSocket } from "../support/fedSocket.js";
import { itBoth as it } from "../support/it.js";

const large = Buffer.alloc(3_000_000, "m");

describe("a post", () => {
  it("goes out at once when nobody sends", function* () {
    const [a, b] = yield* ipcPair();
    post(a, "pong");
    post(a, " and pong");
    expect(String(yield* brecv(b, 13, -1))).to.equal("pong and pong");
    yield* bsend(a, Buffer.from("sent"), -1);
    expect(String(yield* brecv(b, 4, -1))).to.equal("sent");
    for (const h of [a, b]) hclose(h);
  });

  it("comes right behind the send that is under way, and before the next", function* () {
    const [a, b] = yield* ipcPair();
    const sender = go(
      (function* () {
        yield* bsend(a, large, -1);
        yield* bsend(a, Buffer.from("next"), -1);
      })(),
    );
    post(a, "first ");
    post(a, "second ");
    const bytes = yield* brecv(b, large.length, -1);
    expect(bytes.equals(large)).to.equal(true);
    expect(String(yield* brecv(b, 17, -1))).to.equal("first second next");
    yield* join(sender, -1);
    for (const h of [a, b]) hclose(h);
  });

  it("is not sent behind a send that was cut short", function* () {
    const { s, sent, fill } = fedSocket();
    fill();
    const sender = go(ending(s));
    post(s, "never");
    hclose(sender);
    expect(sent).to.deep.equal([String(large.subarray(0, 65536))]);
    expect(codeOfCall(() => post(s, "x"))).to.equal("ECONNRESET");
    hclose(s);
  });

  it("breaks the outgoing direction when more than 64 KiB wait, and that only", function* () {
    const [a, b] = yield* ipcPair();
    const sender = go(ending(a));
    for (let i = 0; i < 64; i++) post(a, "p".repeat(1024));
    expect(codeOfCall(() => post(a, "p"))).to.equal("ECONNRESET");
    expect(codeOfCall(() => post(a, "p"))).to.equal("ECONNRESET");
    yield* bsend(b, Buffer.from("still heard"), -1);
    expect(String(yield* brecv(a, 11, -1))).to.equal("still heard");
    hclose(sender);
    for (const h of [a, b]) hclose(h);
  });

  it("breaks it, too, when the kernel takes no more and nobody sends", function* () {
    const [a, b] = yield* ipcPair();
    const frame = "p".repeat(10_000);
    let code = "";
    for (let i = 0; i < 1000 && code === ""; i++) code = codeOfCall(() => post(a, frame));
    expect(code).to.equal("ECONNRESET");
    expect(yield* codeOf(bsend(a, Buffer.from("x"), -1))).to.equal("ECONNRESET");
    for (const h of [a, b]) hclose(h);
  });

  it("may be as much as one likes if the peer reads", function* () {
    const [a, b] = yield* ipcPair();
    const frame = "p".repeat(50_000);
    for (let i = 0; i < 50; i++) {
      post(a, frame);
      yield* brecv(b, frame.length, now() + 5000);
    }
    for (const h of [a, b]) hclose(h);
  });

  it("lets a send wait for what was posted before it", function* () {
    const [a, b] = yield* ipcPair();
    let posted = 0;
    for (; posted < 20; posted++) post(a, "p".repeat(13_000));
    const sender = go(ending(a));
    yield* brecv(b, posted * 13_000, -1);
    expect((yield* brecv(b, large.length, -1)).equals(large)).to.equal(true);
    expect(yield* join(sender, -1)).to.equal("none");
    for (const h of [a, b]) hclose(h);
  });

  it("is EPIPE after this end is done", function* () {
    const [a, b] = yield* ipcPair();
    yield* ipcDone(a, -1);
    expect(codeOfCall(() => post(a, "x"))).to.equal("EPIPE");
    for (const h of [a, b]) hclose(h);
  });
});

function* ending(s: Bytestream): Coroutine<string> {
  return yield* codeOrNone(bsend(s, large, -1));
}

function post(s: Bytestream, text: string): void {
  const methods = hquery(s, bytestreamType) as Required<BytestreamMethods>;
  methods.post(Buffer.from(text), "post");
}
