// What works on sockets and listeners works on those of TCP.
import { connect } from "node:net";
import { request } from "node:http";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { expect } from "chai";
import {
  brecv,
  brecvSome,
  bsend,
  choose,
  type Coroutine,
  go,
  hclose,
  hown,
  hquery,
  ipaddrLocal,
  join,
  msleep,
  now,
  owned,
  run,
  tcpAccept,
  tcpClose,
  tcpConnect,
  tcpListen,
  tcpLocal,
  tcpPeer,
} from "libdill-ts";
import { bytestreamType } from "libdill-ts/impl";
import { fromDuplex, toDuplex } from "libdill-ts/streams";
import { tcp } from "../support/carriers.js";
import { codeOf } from "../support/failure.js";
import { it } from "../support/it.js";

import { startFixture, stopProcesses } from "../support/process.js";
import { until } from "../support/until.js";

describe("tcp sockets and listeners", () => {
  afterEach(stopProcesses);

  it("are closed by owned at the end of a block", function* () {
    const { ls } = yield* tcp.listen();
    const [a, b] = yield* tcp.pair();
    for (const h of [ls, a]) owned(h)[Symbol.dispose]();
    expect(yield* codeOf(tcpAccept(ls, -1))).to.equal("EBADF");
    expect(yield* codeOf(brecv(b, 1, -1))).to.equal("EPIPE");
  });

  it("change their owner by hown", function* () {
    const { ls, connect: connectTo } = yield* tcp.listen();
    const listener = hown(ls);
    const a = hown(yield* connectTo(-1));
    const s = yield* tcpAccept(listener, -1);
    expect(tcpPeer(s)).to.deep.equal(tcpLocal(a));
    yield* bsend(a, Buffer.from("x"), -1);
    expect(String(yield* brecv(s, 1, -1))).to.equal("x");
    expect(yield* codeOf(tcpAccept(ls, -1))).to.equal("EBADF");
  });

  it("are found as bytestreams by hquery", function* () {
    const [a] = yield* tcp.pair();
    expect(hquery(a, bytestreamType)).to.have.property("send").that.is.a("function");
  });

  it("are waited for in a choose: a listener, bytes, the end", function* () {
    const { ls, connect: connectTo } = yield* tcp.listen();
    const client = go(
      (function* () {
        const c = yield* connectTo(-1);
        yield* bsend(c, Buffer.from("x"), -1);
        yield* msleep(now() + 5);
        hclose(c);
      })(),
    );
    expect(yield* readable(ls)).to.equal(0);
    const s = yield* tcpAccept(ls, 0);
    expect(yield* readable(s)).to.equal(0);
    expect(String(yield* brecvSome(s, 10, 0))).to.equal("x");
    expect(yield* readable(s)).to.equal(0);
    expect(yield* codeOf(brecvSome(s, 10, 0))).to.equal("EPIPE");
    hclose(client);

    function* readable(h: typeof ls | typeof s): Coroutine<number> {
      return (yield* choose([{ op: "readable", s: h }], -1)).index;
    }
  });

  it("become Node streams: node:http asks a server of ours", function* () {
    const { ls, connect: connectTo } = yield* tcp.listen();
    const server = go(
      (function* () {
        const s = yield* tcpAccept(ls, -1);
        let head = "";
        while (!head.endsWith("\r\n\r\n")) head += String(yield* brecvSome(s, 1000, -1));
        yield* bsend(s, Buffer.from("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"), -1);
        yield* tcpClose(s, -1);
        return head.split("\r\n")[0];
      })(),
    );
    const stream = toDuplex(yield* connectTo(-1));
    const asked = request({ createConnection: () => stream, path: "/greeting" }).end();
    const [response] = (yield* until(once(asked, "response"))) as [NodeJS.ReadableStream];
    expect(yield* until(text(response))).to.equal("hello");
    stream.destroy();
    expect(yield* join(server, -1)).to.equal("GET /greeting HTTP/1.1");
    hclose(server);
  });

  it("talk to a socket of Node's that fromDuplex has made one of ours", function* () {
    const { ls } = yield* tcp.listen();
    const theirs = fromDuplex(connect(tcpLocal(ls).port, "127.0.0.1"));
    const s = yield* tcpAccept(ls, -1);
    yield* bsend(theirs, Buffer.from("question"), -1);
    expect(String(yield* brecv(s, 8, -1))).to.equal("question");
    yield* bsend(s, Buffer.from("answer"), -1);
    expect(String(yield* brecv(theirs, 6, -1))).to.equal("answer");
    hclose(s);
    expect(yield* codeOf(brecv(theirs, 1, -1))).to.equal("EPIPE");
  });

  it("that are idle keep no process alive", async () => {
    await run(
      (function* () {
        const ls = yield* tcpListen(ipaddrLocal("127.0.0.1", 0), 10);
        const idle = startFixture("idleTcp", String(tcpLocal(ls).port));
        expect(yield* until(idle.line())).to.equal("ended");
      })(),
    );
  });

  it("are told from those of ipc by the compiler", function* () {
    const { ls } = yield* tcp.listen();
    // @ts-expect-error a listener is no socket
    expect(yield* codeOf(bsend(ls, Buffer.from("x"), -1))).to.equal("ENOTSUP");
    // @ts-expect-error a listener has no peer
    const look = (): unknown => tcpPeer(ls);
    expect(look).to.throw("ENOTSUP");
    yield* tcpConnect(tcpLocal(ls), -1);
  });
});
