import { expect } from "chai";
import {
  brecvSome,
  bundle,
  bundleGo,
  type Bytestream,
  type Coroutine,
  go,
  hclose,
  ipcDone,
  ipcPair,
  isErrno,
  msleep,
  now,
  type Operation,
} from "libdill-ts";
import {
  httpAttach,
  httpDone,
  httpRecvfield,
  httpRecvrequest,
  httpRecvstatus,
  httpSendfield,
  httpSendrequest,
  httpSendstatus,
  type HttpSocket,
} from "libdill-ts/http";
import { codeOf, failureOf } from "../../support/failure.js";
import { httpPair, longText, pairInHead } from "../../support/httpPair.js";
import { itBoth as it } from "../../support/it.js";

interface Send {
  readonly name: string;
  /** It begins a head; the others are sent inside one. */
  readonly isFirst: boolean;
  readonly syscall: string;
  readonly send: (s: HttpSocket, deadline: number) => Operation<void>;
}

const sends: readonly Send[] = [
  {
    name: "httpSendrequest",
    isFirst: true,
    syscall: "http_sendrequest",
    send: (s, deadline) => httpSendrequest(s, "GET", "/", deadline),
  },
  {
    name: "httpSendstatus",
    isFirst: true,
    syscall: "http_sendstatus",
    send: (s, deadline) => httpSendstatus(s, 200, "OK", deadline),
  },
  {
    name: "httpSendfield",
    isFirst: false,
    syscall: "http_sendfield",
    send: (s, deadline) => httpSendfield(s, "a", "b", deadline),
  },
  {
    name: "httpDone",
    isFirst: false,
    syscall: "http_done",
    send: (s, deadline) => httpDone(s, deadline),
  },
];

for (const { name, isFirst, syscall, send } of sends) {
  const ready = isFirst ? httpPair : pairInHead;

  describe(name, () => {
    it("is EBADF on a closed handle", function* () {
      const [s] = yield* ready();
      hclose(s);
      expect(yield* failureOf(send(s, -1))).to.include({ code: "EBADF", syscall });
    });

    it("is ENOTSUP on a bytestream", function* () {
      const [a] = yield* ipcPair();
      expect(yield* failureOf(send(a as never, -1))).to.include({ code: "ENOTSUP", syscall });
    });

    it("is EINVAL with a deadline that is none, and sends nothing", function* () {
      const [s] = yield* ready();
      expect(yield* failureOf(send(s, NaN))).to.include({ code: "EINVAL", syscall });
      yield* send(s, -1);
    });

    it("works in a canceled coroutine if it needs no wait", function* () {
      const [s] = yield* ready();
      const ended: string[] = [];
      const h = go(
        (function* () {
          try {
            yield* msleep(-1);
          } finally {
            yield* send(s, -1);
            ended.push(name);
          }
        })(),
      );
      hclose(h);
      expect(ended).to.deep.equal([name]);
    });

    it(`is EINVAL ${isFirst ? "inside" : "outside"} a head, and says what to do`, function* () {
      const [s] = yield* isFirst ? pairInHead() : httpPair();
      const error = yield* failureOf(send(s, -1));
      expect(error).to.include({ code: "EINVAL", syscall });
      expect(error.message).to.contain(
        isFirst ? "httpDone does that" : "httpSendstatus begins one",
      );
      if (isFirst) yield* httpDone(s, -1);
      else yield* httpSendrequest(s, "GET", "/", -1);
      yield* send(s, -1);
    });
  });
}

/** Sends that have to wait for the peer, or come after such a one. */
const long: readonly Send[] = [
  {
    name: "httpSendrequest",
    isFirst: true,
    syscall: "http_sendrequest",
    send: (s, deadline) => httpSendrequest(s, "GET", `/${longText}`, deadline),
  },
  {
    name: "httpSendstatus",
    isFirst: true,
    syscall: "http_sendstatus",
    send: (s, deadline) => httpSendstatus(s, 200, longText, deadline),
  },
  {
    name: "httpSendfield",
    isFirst: false,
    syscall: "http_sendfield",
    send: (s, deadline) => httpSendfield(s, "a", longText, deadline),
  },
];

for (const { name, isFirst, send, syscall } of long) {
  const ready = isFirst ? httpPair : pairInHead;

  describe(`${name} that waits for the peer`, () => {
    it("is ETIMEDOUT when the deadline comes, and all sends are ECONNRESET after that", function* () {
      const [s] = yield* ready();
      expect(yield* failureOf(send(s, now() + 1))).to.include({ code: "ETIMEDOUT", syscall });
      expect(yield* failureOf(send(s, -1))).to.include({ code: "ECONNRESET", syscall });
      expect(yield* codeOf(httpDone(s, -1))).to.equal("ECONNRESET");
    });

    it("makes all others EBUSY, which changes nothing", function* () {
      const [s, peer] = yield* ready();
      const b = bundle();
      bundleGo(b, run(send(s, -1)));
      for (const other of [...long, ...sends]) {
        const error = yield* failureOf(other.send(s, -1));
        expect(error).to.include({ code: "EBUSY", syscall: other.syscall });
      }
      hclose(peer);
      hclose(b);
    });

    it("is EBADF when the socket is closed meanwhile, and ECANCELED when the coroutine is", function* () {
      const codes: string[] = [];
      const [s] = yield* ready();
      const b = bundle();
      bundleGo(b, run(send(s, -1), codes));
      hclose(s);
      yield;
      const [other] = yield* ready();
      bundleGo(b, run(send(other, -1), codes));
      hclose(b);
      expect(codes).to.deep.equal(["EBADF", "ECANCELED"]);
      expect(yield* codeOf(send(other, -1))).to.equal("ECONNRESET");
    });
  });
}

describe("an ended head", () => {
  it("takes no field (EINVAL) and no second end (EPIPE), and the next head goes on", function* () {
    const [s, z] = yield* pairInHead();
    yield* httpDone(s, -1);
    const field = yield* failureOf(httpSendfield(s, "a", "b", -1));
    expect(field.message).to.equal(
      "EINVAL: no head is being sent: httpSendrequest or httpSendstatus begins one, http_sendfield",
    );
    const end = yield* failureOf(httpDone(s, -1));
    expect(end.message).to.equal(
      "EPIPE: the head has been ended already; httpSendrequest or httpSendstatus begins one, http_done",
    );
    yield* httpSendrequest(s, "GET", "/next", -1);
    yield* httpSendfield(s, "a", "b", -1);
    yield* httpDone(s, -1);
    expect(yield* codeOf(httpRecvfield(z, -1))).to.equal("EPIPE");
    expect((yield* httpRecvrequest(z, -1)).resource).to.equal("/next");
    expect((yield* httpRecvfield(z, -1)).value).to.equal("b");
  });
});

describe("httpSendrequest and httpSendstatus", () => {
  it("are EPIPE if the bytestream had been half-closed before", function* () {
    for (const { send, isFirst } of sends) {
      if (!isFirst) continue;
      const [a] = yield* ipcPair();
      yield* ipcDone(a, -1);
      expect(yield* codeOf(send(httpAttach(a), -1))).to.equal("EPIPE");
    }
  });

  it("are followed by an httpDone that is ECONNRESET when the peer is gone, and so are all after it", function* () {
    for (const { send, isFirst } of sends) {
      if (!isFirst) continue;
      const [s, peer] = yield* httpPair();
      hclose(peer);
      yield* send(s, -1); // collected
      for (const next of [httpDone(s, -1), send(s, -1)]) {
        expect(yield* codeOf(next)).to.equal("ECONNRESET");
      }
    }
  });
});

describe("the bytes of a head", () => {
  it("are those of RFC 9112", function* () {
    const [a, z] = yield* ipcPair();
    const s = httpAttach(a);
    yield* httpSendrequest(s, "GET", "/a?b=%20", -1);
    yield* httpSendfield(s, "Host", " \t example.org\t", -1);
    yield* httpSendfield(s, "Empty", "  ", -1);
    yield* httpDone(s, -1);
    yield* httpSendstatus(s, 404, "Not Found", -1);
    yield* httpSendfield(s, "X", "\xe9", -1);
    yield* httpDone(s, -1);
    yield* httpSendstatus(s, 200, "", -1);
    yield* httpDone(s, -1);
    hclose(s);
    expect((yield* everything(z)).toString("latin1")).to.equal(
      "GET /a?b=%20 HTTP/1.1\r\nHost: example.org\r\nEmpty: \r\n\r\n" +
        "HTTP/1.1 404 Not Found\r\nX: \xe9\r\n\r\nHTTP/1.1 200 \r\n\r\n",
    );
  });

  const requests: readonly (readonly [unknown, unknown])[] = [
    ["", "/"],
    ["GE T", "/"],
    ["GET\r\n", "/"],
    ["GET", ""],
    ["GET", "/a b"],
    ["GET", "/\r\nX: y"],
    ["GET", "/\0"],
    ["GET", "/é"],
    ["GET", "/\u{1f600}"],
    ["(GET)", "/"],
    [undefined, "/"],
    ["GET", 5],
  ];
  for (const [command, resource] of requests) {
    it(`are never those of the request ${JSON.stringify([command, resource])}: EINVAL`, function* () {
      const [s, peer] = yield* httpPair();
      const request = httpSendrequest(s, command as string, resource as string, -1);
      expect(yield* codeOf(request)).to.equal("EINVAL");
      yield* httpSendrequest(s, "GET", "/", -1);
      expect(yield* httpRecvrequest(peer, -1)).to.deep.equal({
        command: "GET",
        resource: "/",
        version: "1.1",
      });
    });
  }

  const statuses: readonly (readonly [unknown, unknown])[] = [
    [99, ""],
    [600, ""],
    [200.5, ""],
    [NaN, ""],
    ["200", ""],
    [200, "O\nK"],
    [200, "OK\r"],
    [200, "\0"],
    [200, "\x7f"],
    [200, "\u0100"],
    [200, null],
  ];
  for (const [status, reason] of statuses) {
    it(`are never those of the status ${JSON.stringify([status, reason])}: EINVAL`, function* () {
      const [s, peer] = yield* httpPair();
      expect(yield* codeOf(httpSendstatus(s, status as number, reason as string, -1))).to.equal(
        "EINVAL",
      );
      yield* httpSendstatus(s, 100, "Go on", -1);
      expect(yield* httpRecvstatus(peer, -1)).to.deep.equal({
        status: 100,
        reason: "Go on",
        version: "1.1",
      });
    });
  }

  const fields: readonly (readonly [unknown, unknown])[] = [
    ["", "x"],
    ["a b", "x"],
    ["a:", "x"],
    ["é", "x"],
    ["a\r\nb", "x"],
    ["a", "x\r\ny: z"],
    ["a", "x\r\n y"],
    ["a", "x\ny"],
    ["a", "x\ry"],
    ["a", "\0"],
    ["a", "\x1b"],
    ["a", "\u{1f600}"],
    ["a", 5],
    [Symbol("a"), "x"],
  ];
  for (const [field, value] of fields) {
    it(`are never those of the field ${JSON.stringify([field, value])}: EINVAL`, function* () {
      const [s, peer] = yield* pairInHead();
      expect(yield* codeOf(httpSendfield(s, field as string, value as string, -1))).to.equal(
        "EINVAL",
      );
      yield* httpSendfield(s, "a", "", -1);
      expect(yield* httpRecvfield(peer, -1)).to.deep.equal({ name: "a", value: "" });
    });
  }
});

function* run(operation: Operation<void>, codes: string[] = []): Coroutine {
  codes.push(yield* codeOf(operation));
}

function* everything(s: Bytestream): Coroutine<Buffer> {
  const parts: Buffer[] = [];
  try {
    for (;;) parts.push(yield* brecvSome(s, 65536, -1));
  } catch (error) {
    if (!isErrno(error, "EPIPE")) throw error;
    return Buffer.concat(parts);
  }
}
