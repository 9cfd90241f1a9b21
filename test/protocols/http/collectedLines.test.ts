// How the lines of a head go out: what the bytestream beneath is asked to send, and when.
import { setImmediate as turn } from "node:timers/promises";
import { expect } from "chai";
import { type Bytestream, hclose, hmake, type Operation, until, yieldNow } from "libdill-ts";
import {
  httpAttach,
  httpDetach,
  httpDone,
  httpSendfield,
  httpSendrequest,
  httpSendstatus,
  type HttpSocket,
} from "libdill-ts/http";
import { bytestreamType, dillError } from "libdill-ts/impl";
import { codeOf, codeOrNone } from "../../support/failure.js";
import { itBoth as it } from "../../support/it.js";

const head = "GET / HTTP/1.1\r\na: b\r\n\r\n";

describe("the lines of a head", () => {
  it("go out in one send when the head ends, head after head", function* () {
    const { s, log } = newHttp();
    for (let i = 0; i < 20; i++) {
      yield* httpSendrequest(s, "GET", "/", -1);
      yield* httpSendfield(s, "a", "b", -1);
      yield* httpDone(s, -1);
    }
    yield* nextTurn();
    // Where a turn ends in the middle of a head, on a busy machine, its lines go out before that.
    expect(log.filter((entry) => entry === `send ${head}`).length).to.be.above(10);
    expect(log.map((entry) => entry.slice(5)).join("")).to.equal(head.repeat(20));
  });

  it("go out in one send when the heads are taken off", function* () {
    const { s, log } = newHttp();
    yield* httpSendrequest(s, "GET", "/", -1);
    yield* httpSendfield(s, "a", "b", -1);
    yield* httpDetach(s, -1);
    expect(log).to.deep.equal([`send ${head}`]);
  });

  it("go out without the head's end when the coroutines have run, each once", function* () {
    const { s, log } = newHttp();
    yield* httpSendrequest(s, "GET", "/", -1);
    yield* httpSendfield(s, "a", "b", -1);
    expect(log).to.deep.equal([]);
    yield* nextTurn();
    yield* httpSendfield(s, "c", "d", -1);
    yield* nextTurn();
    yield* httpDone(s, -1);
    expect(log).to.deep.equal(["post GET / HTTP/1.1\r\na: b\r\n", "post c: d\r\n", "send \r\n"]);
  });

  it("are not lost when the socket is closed", function* () {
    const { s, log } = newHttp();
    yield* httpSendrequest(s, "GET", "/", -1);
    hclose(s);
    yield* nextTurn();
    expect(log).to.deep.equal(["post GET / HTTP/1.1\r\n", "close"]);
  });

  it("are not lost when another line is refused", function* () {
    const { s, log } = newHttp();
    yield* httpSendrequest(s, "GET", "/", -1);
    for (const value of ["\n", "\0"]) {
      expect(yield* codeOf(httpSendfield(s, "a", value, -1))).to.equal("EINVAL");
    }
    expect(yield* codeOf(httpSendfield(s, "a", "b", NaN))).to.equal("EINVAL");
    expect(yield* codeOf(httpDone(s, NaN))).to.equal("EINVAL");
    yield* httpSendfield(s, "a", "b", -1);
    yield* httpDone(s, -1);
    // Errors take their time: the turn may be over before the head is, and then the lines so far go out.
    expect(log.map((entry) => entry.replace(/^(send|post) /, "")).join("")).to.equal(head);
  });

  it("wait for the bytestream from 16 KiB on, so that a peer that does not read holds the sender up", function* () {
    const { s, log } = newHttp();
    yield* httpSendstatus(s, 200, "", -1);
    const value = "x".repeat(1000);
    for (let i = 0; i < 20; i++) yield* httpSendfield(s, "a", value, -1);
    const line = `a: ${value}\r\n`;
    const collected = `send HTTP/1.1 200 \r\n${line.repeat(17)}`;
    expect(log).to.deep.equal([collected, ...Array<string>(3).fill(`send ${line}`)]);
  });

  it("go out one by one on a bytestream without post", function* () {
    const { s, log } = newHttp({ post: undefined });
    yield* httpSendrequest(s, "GET", "/", -1);
    yield* httpSendfield(s, "a", "b", -1);
    yield* httpDone(s, -1);
    hclose(s);
    const sent = ["send GET / HTTP/1.1\r\n", "send a: b\r\n", "send \r\n", "close"];
    expect(log).to.deep.equal(sent);
  });

  const failing: Readonly<Record<string, Other>> = {
    send: {
      *send() {
        throw dillError("EIO", "bsend");
      },
      post: undefined,
    },
    post: {
      post() {
        throw dillError("EIO", "post");
      },
    },
  };
  for (const [name, methods] of Object.entries(failing)) {
    it(`are followed by nothing when the bytestream's ${name} has failed: ECONNRESET`, function* () {
      const { s, log } = newHttp(methods);
      const code = yield* codeOrNone(httpSendrequest(s, "GET", "/", -1));
      expect(code).to.equal(name === "send" ? "EIO" : "none");
      yield* nextTurn();
      for (const send of [httpDone(s, -1), httpSendfield(s, "a", "b", -1), httpDetach(s, -1)]) {
        expect(yield* codeOf(send)).to.equal("ECONNRESET");
      }
      expect(log).to.deep.equal(["close"]);
    });
  }
});

/** What the bytestream does otherwise. */
type Other = Readonly<Record<string, unknown>>;

/** Until all that was due at the end of this turn has happened. */
function nextTurn(): Operation<void> {
  return until(turn(undefined), -1);
}

/** Heads on a bytestream that writes down what it is asked to do. */
function newHttp(other: Other = {}) {
  const log: string[] = [];
  const methods = {
    *send(list: readonly Uint8Array[]) {
      log.push(`send ${Buffer.concat(list).toString("latin1")}`);
    },
    receive: () => yieldNow(),
    post(bytes: Uint8Array) {
      log.push(`post ${Buffer.from(bytes).toString("latin1")}`);
    },
    ...other,
  };
  const h: unknown = hmake({
    query: (type) => (type === bytestreamType ? methods : undefined),
    close: () => log.push("close"),
  });
  const s: HttpSocket = httpAttach(h as Bytestream);
  return { s, log };
}
