import { expect } from "chai";
import { race, run as effectionRun, sleep, spawn } from "effection";
import {
  bsend,
  bundle,
  bundleGo,
  type Coroutine,
  go,
  hclose,
  type IpcSocket,
  ipcDone,
  ipcPair,
  isErrno,
  join,
  now,
  type Operation,
} from "libdill-ts";
import {
  httpDetach,
  httpDone,
  httpRecvfield,
  httpRecvrequest,
  httpRecvstatus,
  httpSendfield,
  httpSendrequest,
  type HttpSocket,
} from "libdill-ts/http";
import { codeOf, failureOf } from "../../support/failure.js";
import { httpPair, httpWith } from "../../support/httpPair.js";
import { itBoth as it } from "../../support/it.js";
import { until } from "../../support/until.js";

interface Receive {
  readonly name: string;
  readonly syscall: string;
  readonly receive: (s: HttpSocket, deadline: number) => Operation<unknown>;
  /** A line for it, without its end, and what that comes to. */
  readonly line: string;
  readonly result: unknown;
  /** What is no such line. */
  readonly wrong: readonly string[];
}

const receives: readonly Receive[] = [
  {
    name: "httpRecvrequest",
    syscall: "http_recvrequest",
    receive: httpRecvrequest,
    line: "GET /a?b=c HTTP/1.0",
    result: { command: "GET", resource: "/a?b=c", version: "1.0" },
    wrong: [
      "",
      " ",
      "GET",
      "GET /",
      "GET / HTTP/1.1 ",
      " GET / HTTP/1.1",
      "GET  / HTTP/1.1",
      "GET /  HTTP/1.1",
      "GET\t/ HTTP/1.1",
      "GET / a HTTP/1.1",
      "GET / HTTP/2.0",
      "GET / HTTP/1.2",
      "GET / HTTP/1.11",
      "GET / http/1.1",
      "GET / HTTP/1,1",
      "G(T / HTTP/1.1",
      "GET: / HTTP/1.1",
      "GET /\xe9 HTTP/1.1",
      "GET /\xa0 HTTP/1.1",
      "HTTP/1.1 200 OK",
    ],
  },
  {
    name: "httpRecvstatus",
    syscall: "http_recvstatus",
    receive: httpRecvstatus,
    line: "HTTP/1.1 404 Not  Found: \xe9 ",
    result: { status: 404, reason: "Not  Found: \xe9 ", version: "1.1" },
    wrong: [
      "",
      "HTTP/1.1",
      "HTTP/1.1 ",
      "HTTP/1.1 20",
      "HTTP/1.1 2000 OK",
      "HTTP/1.1 200OK",
      "HTTP/1.1 200\tOK",
      "HTTP/1.1  200 OK",
      "HTTP/1.1\t200 OK",
      " HTTP/1.1 200 OK",
      "HTTP/1.1 2x0 OK",
      "HTTP/1.1 -10 OK",
      "HTTP/2 200 OK",
      "HTTP/0.9 200 OK",
      "ICY 200 OK",
      "GET / HTTP/1.1",
    ],
  },
  {
    name: "httpRecvfield",
    syscall: "http_recvfield",
    receive: httpRecvfield,
    line: "Name!#$%&'*+-.^_`|~9: \t va:l\tu \xe9 \t",
    result: { name: "Name!#$%&'*+-.^_`|~9", value: "va:l\tu \xe9" },
    wrong: [
      " ",
      " a: b",
      "\ta: b",
      ": b",
      "a",
      "a b",
      "a : b",
      "a\t: b",
      "a b: c",
      "\xe9: b",
      "a(: b",
      '"a": b',
    ],
  },
];

for (const { name, syscall, receive, line, result, wrong } of receives) {
  /** A socket on which it can be called, to which the text has been sent, and its peer. */
  const ready = function* (text = "", isEnd = false): Coroutine<[HttpSocket, IpcSocket]> {
    if (receive !== httpRecvfield) return yield* httpWith(text, isEnd);
    const [s, peer] = yield* httpWith(`GET / HTTP/1.1\r\n${text}`, isEnd);
    yield* httpRecvrequest(s, -1);
    return [s, peer];
  };

  describe(name, () => {
    it("receives a line", function* () {
      const [s] = yield* ready(`${line}\r\n`);
      expect(yield* receive(s, -1)).to.deep.equal(result);
    });

    it("waits for a line, however its bytes come", function* () {
      const [s, peer] = yield* ready();
      const receiver = go(receiving(receive(s, -1)));
      for (const byte of Buffer.from(`${line}\r\n`, "latin1")) {
        yield* bsend(peer, Buffer.of(byte), -1);
        yield;
      }
      expect(yield* join(receiver, now() + 1000)).to.deep.equal(result);
      hclose(receiver);
    });

    for (const text of wrong) {
      it(`is EPROTO for ${JSON.stringify(text)}, and ECONNRESET from then on`, function* () {
        const [s, peer] = yield* ready(`${text}\r\n${line}\r\n`);
        expect(yield* failureOf(receive(s, -1))).to.include({ code: "EPROTO", syscall });
        for (const again of receives) {
          expect(yield* codeOf(again.receive(s, -1))).to.equal("ECONNRESET");
        }
        yield* httpSendrequest(s, "GET", "/", -1); // the other direction is whole
        hclose(peer);
      });
    }

    for (const text of ["a\n", "\n", "a\rb", "\r\r", "a\0", "a\x7f"]) {
      it(`is EPROTO at once for ${JSON.stringify(text)}`, function* () {
        const [s] = yield* ready(text);
        expect(yield* failureOf(receive(s, now() + 1000))).to.include({ code: "EPROTO", syscall });
      });
    }

    it("is EMSGSIZE for a line that is too long, before it has ended, and ECONNRESET then", function* () {
      const [s] = yield* ready("x".repeat(8193));
      expect(yield* failureOf(receive(s, -1))).to.include({ code: "EMSGSIZE", syscall });
      expect(yield* codeOf(receive(s, -1))).to.equal("ECONNRESET");
    });

    it("is ETIMEDOUT without a whole line, and loses nothing", function* () {
      const [s, peer] = yield* ready(line);
      expect(yield* failureOf(receive(s, 0))).to.include({ code: "ETIMEDOUT", syscall });
      expect(yield* codeOf(receive(s, now() + 1))).to.equal("ETIMEDOUT");
      yield* bsend(peer, Buffer.from("\r"), -1);
      expect(yield* codeOf(receive(s, now() + 1))).to.equal("ETIMEDOUT");
      yield* bsend(peer, Buffer.from("\n"), -1);
      expect(yield* receive(s, -1)).to.deep.equal(result);
    });

    it("is ECANCELED when its coroutine is canceled, and loses nothing", function* () {
      const [s, peer] = yield* ready(line);
      const codes: string[] = [];
      const receiver = go(
        (function* () {
          const error = yield* failureOf(receive(s, -1));
          codes.push(error.code, error.syscall);
        })(),
      );
      hclose(receiver);
      expect(codes).to.deep.equal(["ECANCELED", syscall]);
      yield* bsend(peer, Buffer.from("\r\n"), -1);
      expect(yield* receive(s, -1)).to.deep.equal(result);
    });

    it("is EBUSY while another coroutine receives, and does it no harm", function* () {
      const [s, peer] = yield* ready();
      const receiver = go(receiving(receive(s, -1)));
      for (const other of receives) {
        expect(yield* codeOf(other.receive(s, -1)), other.name).to.equal("EBUSY");
      }
      yield* bsend(peer, Buffer.from(`${line}\r\n`, "latin1"), -1);
      expect(yield* join(receiver, now() + 1000)).to.deep.equal(result);
      hclose(receiver);
    });

    it("is EBADF on a closed handle, and when it is closed meanwhile", function* () {
      const [s] = yield* ready(line);
      const codes: string[] = [];
      const b = bundle();
      bundleGo(
        b,
        (function* () {
          codes.push((yield* failureOf(receive(s, -1))).code);
        })(),
      );
      hclose(s);
      yield;
      expect(codes).to.deep.equal(["EBADF"]);
      expect(yield* failureOf(receive(s, -1))).to.include({ code: "EBADF", syscall });
      hclose(b);
    });

    it("is ENOTSUP on a bytestream, and EINVAL with a deadline that is none", function* () {
      const [a] = yield* ipcPair();
      expect(yield* failureOf(receive(a as never, -1))).to.include({ code: "ENOTSUP", syscall });
      const [s] = yield* ready(`${line}\r\n`);
      expect(yield* failureOf(receive(s, NaN))).to.include({ code: "EINVAL", syscall });
      expect(yield* receive(s, -1)).to.deep.equal(result);
    });

    it("in an Effection program that drops the line, leaves it to the next receive", function* () {
      const both = [yield* ready(), yield* ready()];
      const program = effectionRun(function* () {
        const task = yield* spawn(() => race(both.map(([s]) => receive(s, -1))));
        yield* sleep(5);
        for (const [, z] of both) yield* bsend(z, Buffer.from(`${line}\r\n`, "latin1"), -1);
        return yield* task;
      });
      expect(yield* until(program)).to.deep.equal(result);
      const left: unknown[] = [];
      for (const [s] of both) {
        try {
          left.push(yield* receive(s, 0));
        } catch (error) {
          if (!isErrno(error, "EINVAL", "ETIMEDOUT")) throw error; // this one has won
        }
      }
      expect(left).to.deep.equal([result]);
    });

    it("is ECONNRESET if the connection ends inside the line, again and again", function* () {
      const [s] = yield* ready(`${line}\r`, true);
      for (const deadline of [-1, 0]) {
        expect(yield* failureOf(receive(s, deadline))).to.include({ code: "ECONNRESET", syscall });
      }
    });
  });
}

describe("the order of a head's lines", () => {
  it("is EPIPE at the end of the stream before a head, again and again", function* () {
    const [s] = yield* httpWith("", true);
    for (const receive of [httpRecvrequest, httpRecvstatus, httpRecvfield, httpRecvrequest]) {
      expect(yield* codeOf(receive(s, -1))).to.equal("EPIPE");
    }
  });

  it("is ECONNRESET at the end of the stream inside a head, between two lines", function* () {
    const [s] = yield* httpWith("GET / HTTP/1.1\r\na: b\r\n", true);
    yield* httpRecvrequest(s, -1);
    yield* httpRecvfield(s, -1);
    expect(yield* codeOf(httpRecvfield(s, -1))).to.equal("ECONNRESET");
  });

  it("is EPIPE for a field before the first line, and takes nothing", function* () {
    const [s] = yield* httpWith("GET / HTTP/1.1\r\na: b\r\n\r\n");
    expect(yield* codeOf(httpRecvfield(s, -1))).to.equal("EPIPE");
    expect((yield* httpRecvrequest(s, -1)).command).to.equal("GET");
    expect((yield* httpRecvfield(s, -1)).value).to.equal("b");
  });

  it("is EPIPE behind the empty line until the next head begins", function* () {
    const [s] = yield* httpWith("GET /1 HTTP/1.1\r\n\r\nGET /2 HTTP/1.1\r\na: b\r\n\r\n");
    yield* httpRecvrequest(s, -1);
    for (let i = 0; i < 3; i++) expect(yield* codeOf(httpRecvfield(s, -1))).to.equal("EPIPE");
    expect((yield* httpRecvrequest(s, -1)).resource).to.equal("/2");
    expect((yield* httpRecvfield(s, -1)).name).to.equal("a");
    expect(yield* codeOf(httpRecvfield(s, -1))).to.equal("EPIPE");
  });

  it("is EINVAL for a first line inside a head, and takes nothing", function* () {
    const [s] = yield* httpWith("HTTP/1.1 100 Continue\r\na: b\r\n\r\nHTTP/1.1 200 OK\r\n");
    yield* httpRecvstatus(s, -1);
    expect(yield* codeOf(httpRecvstatus(s, -1))).to.equal("EINVAL");
    expect(yield* codeOf(httpRecvrequest(s, -1))).to.equal("EINVAL");
    expect((yield* httpRecvfield(s, -1)).value).to.equal("b");
    expect(yield* codeOf(httpRecvfield(s, -1))).to.equal("EPIPE");
    expect((yield* httpRecvstatus(s, -1)).status).to.equal(200);
  });

  it("takes each three digits as a status, and a status line without a reason", function* () {
    const [s] = yield* httpWith("HTTP/1.1 999\r\n\r\nHTTP/1.0 000 \r\n\r\n");
    expect(yield* httpRecvstatus(s, -1)).to.deep.equal({ status: 999, reason: "", version: "1.1" });
    expect(yield* codeOf(httpRecvfield(s, -1))).to.equal("EPIPE");
    expect(yield* httpRecvstatus(s, -1)).to.deep.equal({ status: 0, reason: "", version: "1.0" });
  });
});

describe("two sockets", () => {
  it("talk as in libdill's own test", function* () {
    const [client, server] = yield* httpPair();
    yield* httpSendrequest(client, "GET", "/a/b/c", -1);
    yield* httpSendfield(client, "foo", "bar:bar:bar", -1);
    yield* httpSendfield(client, "baz", "   quux  ", -1);
    expect(yield* codeOf(httpSendfield(client, "a b", "c", -1))).to.equal("EINVAL");
    yield* httpDone(client, -1);
    expect(yield* codeOf(httpDone(client, -1))).to.equal("EPIPE");
    expect(yield* httpRecvrequest(server, -1)).to.deep.equal({
      command: "GET",
      resource: "/a/b/c",
      version: "1.1",
    });
    expect(yield* httpRecvfield(server, -1)).to.deep.equal({ name: "foo", value: "bar:bar:bar" });
    expect(yield* httpRecvfield(server, -1)).to.deep.equal({ name: "baz", value: "quux" });
    expect(yield* codeOf(httpRecvfield(server, -1))).to.equal("EPIPE");
    yield* ipcDone(yield* httpDetach(client as HttpSocket<IpcSocket>, -1), -1);
    expect(yield* codeOf(httpRecvrequest(server, -1))).to.equal("EPIPE");
  });
});

function* receiving(operation: Operation<unknown>): Coroutine<unknown> {
  return yield* operation;
}
