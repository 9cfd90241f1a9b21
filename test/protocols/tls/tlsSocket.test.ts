// TLS sockets as what others stand on: streams of Node's, choose, deadlines; and what they hold back.
import { createServer, type IncomingMessage, request } from "node:http";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { expect } from "chai";
import {
  brecv,
  brecvSome,
  bsend,
  bundle,
  bundleGo,
  type Bytestream,
  choose,
  type Coroutine,
  go,
  hclose,
  ipcPair,
  join,
  msleep,
  now,
} from "libdill-ts";
import { bytestreamType, hquery } from "libdill-ts/impl";
import { toDuplex } from "libdill-ts/streams";
import { tlsDone } from "libdill-ts/tls";
import { codeOf, codeOfCall } from "../../support/failure.js";
import { itBoth as it } from "../../support/it.js";
import { encrypt, serving, tlsPair, trusting } from "../../support/tlsPair.js";
import { until } from "../../support/until.js";

const flood = Buffer.alloc(4_000_000, "flood ");

describe("a TLS socket", () => {
  it("carries node:http, as a stream of Node's", function* () {
    const [c, s] = yield* tlsPair();
    const server = createServer((asked, answer) => answer.end(`you asked for ${asked.url}`));
    server.emit("connection", toDuplex(s));
    expect(yield* until(ask(c))).to.equal("you asked for /x");
  });

  it("is readable for choose when bytes, the end or an error have come, and not before", function* () {
    const [c, s] = yield* tlsPair();
    const readable = [{ op: "readable", s: c }] as const;
    expect(yield* codeOf(choose(readable, 0))).to.equal("ETIMEDOUT");
    yield* bsend(s, Buffer.from("ab"), -1);
    expect((yield* choose(readable, -1)).index).to.equal(0);
    expect(String(yield* brecv(c, 1, 0))).to.equal("a");
    expect((yield* choose(readable, 0)).index).to.equal(0);
    expect(String(yield* brecv(c, 1, 0))).to.equal("b");
    expect(yield* codeOf(choose(readable, now() + 2))).to.equal("ETIMEDOUT");
    yield* tlsDone(s, -1);
    expect((yield* choose(readable, -1)).index).to.equal(0);
    expect(yield* codeOf(brecv(c, 1, 0))).to.equal("EPIPE");
    const [d, t] = yield* tlsPair();
    hclose(t);
    expect((yield* choose([{ op: "readable", s: d }], -1)).index).to.equal(0);
    expect(yield* codeOf(brecv(d, 1, 0))).to.equal("ECONNRESET");
  });

  it("gives what is there under deadline 0, through all layers", function* () {
    const pair = yield* encrypt(yield* tlsPair());
    for (const [c, s] of [yield* tlsPair(), pair]) {
      for (let i = 0; i < 5; i++) {
        yield* bsend(s, Buffer.from("there"), -1);
        expect(String(yield* brecv(c, 5, 0))).to.equal("there");
      }
    }
  });

  it("closes all beneath, and tells whoever waits", function* () {
    const [a, z] = yield* ipcPair();
    const [inner, far] = yield* encrypt<Bytestream>([a, z]);
    const [c, s] = yield* encrypt<Bytestream>([inner, far]);
    const codes: string[] = [];
    const users = bundle();
    bundleGo(users, report(codes, brecv(c, 1, -1)));
    bundleGo(users, report(codes, bsend(c, flood, -1)));
    yield* msleep(now() + 2);
    hclose(c);
    while (codes.length < 2) yield* msleep(now() + 1);
    expect(codes).to.deep.equal(["EBADF", "EBADF"]);
    for (const h of [a, inner, c]) expect(codeOfCall(() => hclose(h))).to.equal("EBADF");
    expect(yield* codeOf(brecv(s, flood.length, -1))).to.equal("ECONNRESET");
  });

  it("is ECONNRESET at an end without a farewell, and EPIPE if that is allowed", function* () {
    for (const [allowTruncation, code] of [
      [false, "ECONNRESET"],
      [true, "EPIPE"],
    ] as const) {
      const [c, s] = yield* tlsPair(trusting({ allowTruncation }), serving({ allowTruncation }));
      yield* bsend(s, Buffer.from("x"), -1);
      yield* brecv(c, 1, -1);
      hclose(c);
      for (let i = 0; i < 2; i++) expect(yield* codeOf(brecv(s, 1, -1))).to.equal(code);
    }
  });

  it("holds back a peer that sends more than is received, and takes no more than a record meanwhile", function* () {
    const [c, s] = yield* tlsPair();
    let sent = 0;
    const sender = go(
      (function* () {
        for (;;) {
          yield* bsend(s, Buffer.alloc(65_536), -1);
          sent += 65_536;
        }
      })(),
    );
    yield* brecv(c, 1, -1);
    let before = -1;
    while (before < sent) {
      before = sent;
      yield* msleep(now() + 20);
    }
    expect(sent).to.be.below(2_000_000);
    hclose(sender);
  });

  it("posts behind the send that is under way", function* () {
    const [c, s] = yield* tlsPair();
    const sending = go(
      (function* () {
        yield* bsend(c, flood, -1);
      })(),
    );
    const { post } = hquery(c, bytestreamType);
    post?.call(hquery(c, bytestreamType), Buffer.from("posted"), "post");
    expect(yield* brecv(s, flood.length, -1)).to.deep.equal(flood);
    expect(String(yield* brecv(s, 6, -1))).to.equal("posted");
    yield* join(sending, -1);
    hclose(sending);
  });

  it("breaks its outgoing direction if too much is posted and the peer does not read", function* () {
    const [c] = yield* tlsPair();
    const methods = hquery(c, bytestreamType);
    const posting = (): void => methods.post?.(Buffer.alloc(30_000), "post");
    const codes: string[] = [];
    const sending = go(report(codes, bsend(c, flood, -1)));
    posting();
    posting();
    expect(codeOfCall(posting)).to.equal("ECONNRESET");
    expect(codeOfCall(posting)).to.equal("ECONNRESET");
    hclose(sending);
  });

  it("gives as much as has come and fits, whatever the records, and nothing of what follows the end", function* () {
    const [c, s] = yield* tlsPair();
    const all = Buffer.alloc(60_000, "as much as has come ");
    yield* bsend(s, all, -1);
    yield* tlsDone(s, -1);
    yield* choose([{ op: "readable", s: c }], -1); // a local socket has them all by then
    const some = yield* brecvSome(c, Buffer.alloc(50_000), -1);
    expect(some.length).to.be.above(16_384);
    const rest = Buffer.alloc(60_000 - some.length);
    yield* brecv(c, rest, -1);
    expect(Buffer.concat([some, rest]).equals(all)).to.equal(true);
    expect(yield* codeOf(brecv(c, 1, -1))).to.equal("EPIPE");
  });

  it("goes on after a receive that was cut short before its first byte", function* () {
    const [c, s] = yield* tlsPair();
    expect(yield* codeOf(brecv(c, 5, now() + 2))).to.equal("ETIMEDOUT");
    yield* bsend(s, Buffer.from("later"), -1);
    expect(String(yield* brecvSome(c, 9, -1))).to.equal("later");
  });
});

function* report(
  codes: string[],
  op: ReturnType<typeof bsend> | ReturnType<typeof brecv>,
): Coroutine {
  codes.push(yield* codeOf(op));
}

async function ask(c: Bytestream): Promise<string> {
  const asking = request({ path: "/x", createConnection: () => toDuplex(c) });
  asking.end();
  const [answer] = (await once(asking, "response")) as [IncomingMessage];
  return text(answer);
}
