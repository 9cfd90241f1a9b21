// Messages, pings and ends, with a peer of ours or one whose frames are made by hand.
import { expect } from "chai";
import {
  brecv,
  bsend,
  bundle,
  type Coroutine,
  go,
  hclose,
  ipcDone,
  join,
  mrecv,
  mrecvl,
  msend,
  msleep,
  now,
} from "libdill-ts";
import {
  wsAttachClient,
  wsAttachServer,
  wsDetach,
  wsDone,
  wsPing,
  wsRecv,
  wsRecvl,
  wsRequest,
  wsSend,
  wsSendl,
  type WsSocket,
  wsStatus,
} from "libdill-ts/ws";
import { carriers } from "../../support/bytestreams.js";
import { codeOf, codeOfCall, codeOrNone, failureOf } from "../../support/failure.js";
import { fedSocket } from "../../support/fedSocket.js";
import { closeAll } from "../../support/gate.js";
import { itBoth as it, itWith } from "../../support/it.js";
import { frame, maskedFrame, plainFrame } from "../../support/wsFrames.js";
import { wsFacing, wsPair } from "../../support/wsPair.js";

const large = Buffer.alloc(4_000_000, "x");

function* ending(operation: Parameters<typeof codeOrNone>[0]): Coroutine<string> {
  return yield* codeOrNone(operation);
}

describe("wsSend", () => {
  it("sends text and binary messages, as they were", function* () {
    const [client, server] = yield* wsPair();
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      yield* wsSend(from, "text", "Grüße €", -1);
      yield* wsSend(from, "text", Buffer.from("bytes"), -1);
      yield* wsSend(from, "binary", Buffer.from([0, 255]), -1);
      yield* wsSendl(from, "text", [Buffer.from([0xe2, 0x82]), Buffer.from([0xac])], -1);
      expect(yield* wsRecv(to, -1)).to.deep.equal({ type: "text", data: "Grüße €" });
      expect(yield* wsRecv(to, -1)).to.deep.equal({ type: "text", data: "bytes" });
      expect(yield* wsRecv(to, -1)).to.deep.equal({ type: "binary", data: Buffer.from([0, 255]) });
      expect(yield* wsRecv(to, -1)).to.deep.equal({ type: "text", data: "€" });
    }
    closeAll(client, server);
  });

  it("takes the shortest length there is, and masks as a client only", function* () {
    const [server, z] = yield* wsFacing();
    for (const length of [0, 125, 126, 65535, 65536]) {
      const payload = Buffer.alloc(length, "y");
      const sender = go(ending(wsSend(server, "binary", payload, -1)));
      const wire = plainFrame(0x82, payload);
      expect((yield* brecv(z, wire.length, -1)).equals(wire)).to.equal(true);
      expect(yield* join(sender, -1)).to.equal("none");
    }
    closeAll(server, z);
  });

  it("masks each message by another key, and leaves the caller's bytes alone", function* () {
    const [client, server] = yield* wsPair();
    const bytes = Buffer.alloc(1001, "z");
    for (let i = 0; i < 3000; i++) {
      yield* wsSend(client, "binary", bytes.subarray(i % 7, 10 + (i % 1000)), -1);
      const { data } = yield* wsRecv(server, -1);
      expect(data).to.deep.equal(bytes.subarray(i % 7, 10 + (i % 1000)));
    }
    closeAll(client, server);
  });

  it("is EINVAL for what is no type, no data or no text, and goes on", function* () {
    const [a, z] = yield* wsPair();
    const wrong: readonly [unknown, unknown][] = [
      ["ping", Buffer.from("x")],
      ["binary", "text"],
      ["text", 5],
      ["text", Buffer.from([0xff])],
    ];
    for (const [type, data] of wrong) {
      expect(yield* codeOf(wsSend(a, type as "text", data as string, -1))).to.equal("EINVAL");
    }
    expect(yield* codeOf(wsSend(a, "text", "x", Number.NaN))).to.equal("EINVAL");
    const halves = [Buffer.from([0xe2, 0x82]), Buffer.from("x")];
    const error = yield* failureOf(wsSendl(a, "text", halves, -1));
    expect([error.code, error.syscall]).to.deep.equal(["EINVAL", "ws_sendl"]);
    expect(yield* codeOf(wsSendl(a, "odd" as "text", [], -1))).to.equal("EINVAL");
    yield* wsSend(a, "text", "on it goes", -1);
    expect((yield* wsRecv(z, -1)).data).to.equal("on it goes");
    closeAll(a, z);
  });

  it("is EBUSY, ECANCELED, ETIMEDOUT and ECONNRESET as any send is, and EPIPE after the end", function* () {
    for (const send of [
      (s: WsSocket, deadline: number) => wsSend(s, "binary", large, deadline),
      (s: WsSocket, deadline: number) => wsSendl(s, "binary", [large], deadline),
    ]) {
      const [a, z] = yield* wsFacing();
      const codes: string[] = [];
      const sender = go(
        (function* () {
          codes.push(yield* codeOrNone(send(a, -1)));
        })(),
      );
      expect(yield* codeOf(send(a, -1))).to.equal("EBUSY");
      hclose(sender);
      expect(codes).to.deep.equal(["ECANCELED"]);
      expect(yield* codeOf(send(a, -1))).to.equal("ECONNRESET");
      closeAll(a, z);

      const [b, y] = yield* wsFacing();
      expect(yield* codeOf(send(b, now() + 5))).to.equal("ETIMEDOUT");
      closeAll(b, y);

      const [c, x] = yield* wsPair();
      yield* wsDone(c, 1000, "", -1);
      expect(yield* codeOf(send(c, -1))).to.equal("EPIPE");
      closeAll(c, x);
    }
  });
});

describe("wsRecv", () => {
  it("joins fragments, and answers pings between them", function* () {
    const [s, z] = yield* wsFacing();
    const frames = [
      maskedFrame(0x01, Buffer.from([0x61, 0xe2])),
      maskedFrame(0x89, Buffer.from("there?")),
      maskedFrame(0x00, Buffer.from([0x82])),
      maskedFrame(0x8a, Buffer.from("unasked")),
      maskedFrame(0x80, Buffer.from([0xac])),
    ];
    yield* bsend(z, Buffer.concat(frames), -1);
    expect(yield* wsRecv(s, -1)).to.deep.equal({ type: "text", data: "a€" });
    expect(yield* brecv(z, 8, -1)).to.deep.equal(plainFrame(0x8a, Buffer.from("there?")));
    closeAll(s, z);
  });

  it("answers a ping behind the message that is being sent", function* () {
    const [client, server] = yield* wsPair();
    const sender = go(ending(wsSend(client, "binary", large, -1)));
    yield* wsPing(server, Buffer.from("now"), -1);
    const receiver = go(ending(wsRecv(client, -1))); // sees the ping
    yield* msleep(now() + 1);
    expect((yield* wsRecv(server, -1)).data.length).to.equal(large.length);
    expect(yield* join(sender, -1)).to.equal("none");
    yield* wsSend(client, "text", "behind the pong", -1);
    expect((yield* wsRecv(server, -1)).data).to.equal("behind the pong");
    hclose(receiver);
    closeAll(client, server);
  });

  it("holds a bounded answer to a peer that pings and does not read", function* () {
    const { s: bare, feed, fill, sent } = fedSocket();
    const s = yield* wsAttachServer(bare, { noHttp: true }, -1);
    fill();
    const receiver = go(ending(wsRecv(s, -1)));
    const flood = Buffer.concat(
      Array.from({ length: 100 }, () => maskedFrame(0x89, Buffer.alloc(125))),
    );
    for (let i = 0; i < 100; i++) {
      feed(flood);
      yield* msleep(now() + 1);
    }
    expect(sent.join("").length).to.be.below(70_000);
    expect(yield* codeOf(wsSend(s, "text", "x", -1))).to.equal("ECONNRESET");
    feed(maskedFrame(0x81, Buffer.from("still heard")));
    expect(yield* join(receiver, -1)).to.equal("none");
    hclose(s);
  });

  it("takes little memory for many small fragments, or for a header alone", function* () {
    const [s, z] = yield* wsFacing();
    const before = process.memoryUsage().arrayBuffers;
    yield* bsend(
      z,
      frame({ first: 0x02, payload: Buffer.alloc(0), key: [0, 0, 0, 0], length: 2n ** 24n }),
      -1,
    );
    expect(yield* codeOf(wsRecv(s, now() + 5))).to.equal("ETIMEDOUT");
    expect(process.memoryUsage().arrayBuffers - before).to.be.below(1_000_000);
    closeAll(s, z);

    const [t, y] = yield* wsFacing();
    const receiver = go(lengthOfNext(t));
    const piece = Buffer.concat([
      ...Array.from({ length: 9_000 }, () => maskedFrame(0x00, Buffer.from("x"))),
      ...Array.from({ length: 1_000 }, () => maskedFrame(0x00, Buffer.alloc(0))),
    ]);
    yield* bsend(y, maskedFrame(0x02, Buffer.alloc(0)), -1);
    for (let i = 0; i < 10; i++) yield* bsend(y, piece, -1);
    yield* bsend(y, maskedFrame(0x80, Buffer.alloc(0)), -1);
    expect(yield* join(receiver, -1)).to.equal(90_000);
    closeAll(t, y);
  });

  const violations: readonly [string, number, Buffer][] = [
    ["a reserved bit", 1002, maskedFrame(0xa1, Buffer.from("x"))],
    ["a reserved opcode", 1002, maskedFrame(0x83, Buffer.alloc(0))],
    ["no mask", 1002, plainFrame(0x81, Buffer.from("x"))],
    ["a fragment of nothing", 1002, maskedFrame(0x80, Buffer.from("x"))],
    [
      "a length that is too long in its form",
      1002,
      frame({ first: 0x82, payload: Buffer.alloc(5), key: [1, 2, 3, 4], lengthBytes: 2 }),
    ],
    [
      "the same in 8 bytes",
      1002,
      frame({ first: 0x82, payload: Buffer.alloc(126), key: [1, 2, 3, 4], lengthBytes: 8 }),
    ],
    [
      "a length with its highest bit set",
      1002,
      frame({ first: 0x82, payload: Buffer.alloc(0), key: [1, 2, 3, 4], length: 2n ** 63n }),
    ],
    ["a text that is not UTF-8", 1007, maskedFrame(0x81, Buffer.from([0xff]))],
    ["a compressed message without an agreement", 1002, maskedFrame(0xc1, Buffer.from("x"))],
    ["a close frame of one byte", 1002, maskedFrame(0x88, Buffer.from("x"))],
  ];
  for (const [name, status, bytes] of violations) {
    it(`is EPROTO for ${name}, and tells the peer ${status}`, function* () {
      const [s, z] = yield* wsFacing();
      yield* bsend(z, bytes, -1);
      const error = yield* failureOf(wsRecv(s, -1));
      expect([error.code, error.syscall]).to.deep.equal(["EPROTO", "ws_recv"]);
      expect(yield* brecv(z, 4, -1)).to.deep.equal(closeFrame(status));
      expect(yield* codeOf(wsRecv(s, -1))).to.equal("ECONNRESET");
      expect(yield* codeOf(wsSend(s, "text", "x", -1))).to.equal("EPIPE");
      expect(yield* codeOf(wsDone(s, 1000, "", -1))).to.equal("EPIPE");
      closeAll(s, z);
    });
  }

  it("is EPROTO for a server's frame that is masked, and tells it in a masked one", function* () {
    const { s, feed, sent } = fedSocket();
    const c = yield* wsAttachClient(s, { noHttp: true }, -1);
    feed(maskedFrame(0x81, Buffer.from("x")));
    expect(yield* codeOf(wsRecv(c, -1))).to.equal("EPROTO");
    expect(sent.length).to.equal(1);
    hclose(c);
  });

  it("is EMSGSIZE for a message over maxSize, alone or in fragments, and tells the peer 1009", function* () {
    const header = frame({ first: 0x82, payload: Buffer.alloc(0), key: [1, 2, 3, 4], length: 11n });
    const fragments = Buffer.concat([
      maskedFrame(0x02, Buffer.alloc(6)),
      frame({ first: 0x80, payload: Buffer.alloc(0), key: [1, 2, 3, 4], length: 5n }),
    ]);
    const huge = frame({
      first: 0x82,
      payload: Buffer.alloc(0),
      key: [1, 2, 3, 4],
      length: 2n ** 62n,
    });
    for (const bytes of [header, fragments, huge]) {
      for (const receive of [
        (s: WsSocket) => wsRecv(s, -1),
        (s: WsSocket) => wsRecvl(s, [Buffer.alloc(99)], -1),
      ]) {
        const [s, z] = yield* wsFacing({ maxSize: 10 });
        yield* bsend(z, bytes, -1);
        expect(yield* codeOf(receive(s))).to.equal("EMSGSIZE");
        expect(yield* brecv(z, 4, -1)).to.deep.equal(closeFrame(1009));
        expect(yield* codeOf(receive(s))).to.equal("ECONNRESET");
        closeAll(s, z);
      }
    }
  });

  it("is EPIPE at an end without a close frame, and ECONNRESET at one inside a message", function* () {
    for (const [bytes, code] of [
      [Buffer.alloc(0), "EPIPE"],
      [maskedFrame(0x01, Buffer.from("x")), "ECONNRESET"],
      [maskedFrame(0x81, Buffer.from("x")).subarray(0, 3), "ECONNRESET"],
    ] as const) {
      const [s, z] = yield* wsFacing();
      yield* bsend(z, bytes, -1);
      yield* ipcDone(z, -1);
      expect(yield* codeOf(wsRecv(s, -1))).to.equal(code);
      expect(yield* codeOf(wsRecvl(s, [], -1))).to.equal(code);
      expect(codeOfCall(() => wsStatus(s))).to.equal("EAGAIN");
      closeAll(s, z);
    }
  });

  it("is EBUSY, ECANCELED and ETIMEDOUT as any receive is, and loses nothing", function* () {
    const [s, z] = yield* wsFacing();
    for (const receive of [
      (deadline: number) => wsRecv(s, deadline),
      (deadline: number) => wsRecvl(s, [Buffer.alloc(9)], deadline),
    ]) {
      const codes: string[] = [];
      const receiver = go(
        (function* () {
          codes.push(yield* codeOrNone(receive(-1)));
        })(),
      );
      expect(yield* codeOf(receive(-1))).to.equal("EBUSY");
      hclose(receiver);
      expect(codes).to.deep.equal(["ECANCELED"]);
      expect(yield* codeOf(receive(0))).to.equal("ETIMEDOUT");
      expect(yield* codeOf(receive(Number.NaN))).to.equal("EINVAL");
    }
    yield* bsend(z, maskedFrame(0x81, Buffer.from("whole")), -1);
    expect((yield* wsRecv(s, -1)).data).to.equal("whole");
    closeAll(s, z);
  });
});

describe("wsRecvl", () => {
  it("tells the type and the length of what it has filled", function* () {
    const [a, z] = yield* wsPair();
    yield* wsSend(z, "text", "one message", -1);
    yield* wsSend(z, "binary", Buffer.from("another"), -1);
    const [head, tail] = [Buffer.alloc(3), Buffer.alloc(7)];
    const received = yield* wsRecvl(a, [head, { skip: 1 }, tail], -1);
    expect(received).to.deep.equal({ type: "text", length: 11 });
    expect([String(head), String(tail)]).to.deep.equal(["one", "message"]);
    expect(yield* codeOf(wsRecvl(a, [Buffer.alloc(3)], -1))).to.equal("EMSGSIZE");
    expect(yield* wsRecvl(a, [tail], -1)).to.deep.equal({ type: "binary", length: 7 });
    expect(yield* codeOf(wsRecvl(a, ["x" as never], -1))).to.equal("EINVAL");
    closeAll(a, z);
  });
});

describe("msend and mrecv on a ws socket", () => {
  it("carry messages of the type that was said at the attach; one of the other type is EPROTO, and gone", function* () {
    for (const type of ["text", "binary"] as const) {
      const [a, z] = yield* wsPair({ text: type === "text" });
      yield* msend(a, Buffer.from("first"), -1);
      expect((yield* wsRecv(z, -1)).type).to.equal(type);
      const other = type === "text" ? "binary" : "text";
      for (const receive of [
        mrecv(a, -1),
        mrecv(a, Buffer.alloc(9), -1),
        mrecvl(a, [Buffer.alloc(9)], -1),
      ]) {
        yield* wsSend(z, other, Buffer.from("other"), -1);
        expect(yield* codeOf(receive)).to.equal("EPROTO");
      }
      yield* msend(z, Buffer.from("next"), -1);
      expect(String(yield* mrecv(a, -1))).to.equal("next");
      closeAll(a, z);
    }
  });
});

describe("wsPing", () => {
  it("sends a ping while another coroutine sends a message", function* () {
    const [s, z] = yield* wsFacing();
    const sender = go(ending(wsSend(s, "binary", large, -1)));
    yield* wsPing(s, Buffer.from("hey"), 0);
    yield* brecv(z, large.length + 10, -1);
    expect(yield* brecv(z, 5, -1)).to.deep.equal(plainFrame(0x89, Buffer.from("hey")));
    expect(yield* join(sender, -1)).to.equal("none");
    closeAll(s, z);
  });

  it("is EMSGSIZE over 125 bytes, EINVAL for what is none, EPIPE after the end, ECONNRESET when broken", function* () {
    const [s, z] = yield* wsFacing();
    expect(yield* codeOf(wsPing(s, Buffer.alloc(126), -1))).to.equal("EMSGSIZE");
    expect(yield* codeOf(wsPing(s, "x" as never, -1))).to.equal("EINVAL");
    expect(yield* codeOf(wsPing(s, Buffer.alloc(0), Number.NaN))).to.equal("EINVAL");
    expect(yield* codeOf(wsSend(s, "binary", large, now() + 5))).to.equal("ETIMEDOUT");
    expect(yield* codeOf(wsPing(s, Buffer.alloc(0), -1))).to.equal("ECONNRESET");
    expect(yield* codeOf(wsDone(s, 1000, "", -1))).to.equal("ECONNRESET");
    expect(yield* codeOf(wsDetach(s, 1000, "", -1))).to.equal("ECONNRESET");
    hclose(z);
    const [t, y] = yield* wsFacing();
    yield* wsDone(t, 0, "", -1);
    expect(yield* codeOf(wsPing(t, Buffer.alloc(0), -1))).to.equal("EPIPE");
    closeAll(t, y);
  });
});

describe("wsDone", () => {
  it("ends one direction; the other one goes on up to the peer's close frame", function* () {
    const [a, z] = yield* wsPair();
    yield* wsDone(a, 4001, "enough", -1);
    expect(yield* codeOf(wsDone(a, 1000, "", -1))).to.equal("EPIPE");
    for (let i = 0; i < 3; i++) expect(yield* codeOf(wsRecv(z, -1))).to.equal("EPIPE");
    expect(yield* codeOf(wsRecvl(z, [], -1))).to.equal("EPIPE");
    expect(yield* codeOf(mrecv(z, Buffer.alloc(1), -1))).to.equal("EPIPE");
    expect(wsStatus(z)).to.deep.equal({ status: 4001, text: "enough" });
    expect(codeOfCall(() => wsStatus(a))).to.equal("EAGAIN");
    yield* wsSend(z, "text", "still", -1);
    expect((yield* wsRecv(a, -1)).data).to.equal("still");
    yield* wsDone(z, 0, "", -1);
    expect(yield* codeOf(wsRecv(a, -1))).to.equal("EPIPE");
    expect(wsStatus(a)).to.deep.equal({ status: 0, text: "" });
    closeAll(a, z);
  });

  it("sends nothing more afterwards, no pong either", function* () {
    const [s, z] = yield* wsFacing();
    yield* wsDone(s, 1000, "", -1);
    yield* bsend(
      z,
      Buffer.concat([maskedFrame(0x89, Buffer.from("?")), maskedFrame(0x88, Buffer.alloc(0))]),
      -1,
    );
    const bare = yield* wsDetach(s, 0, "", -1);
    hclose(bare);
    expect(yield* brecv(z, 4, -1)).to.deep.equal(closeFrame(1000));
    expect(yield* codeOf(brecv(z, 1, -1))).to.be.oneOf(["EPIPE", "ECONNRESET"]);
    hclose(z);
  });

  it("is EINVAL for what is no status, and EMSGSIZE for a text over 123 bytes", function* () {
    const [a, z] = yield* wsPair();
    for (const status of [
      1,
      999,
      1004,
      1005,
      1006,
      1015,
      1016,
      2999,
      5000,
      1000.5,
      "1000" as never,
    ]) {
      expect(yield* codeOf(wsDone(a, status, "", -1)), `${status}`).to.equal("EINVAL");
    }
    expect(yield* codeOf(wsDone(a, 0, "why", -1))).to.equal("EINVAL");
    expect(yield* codeOf(wsDone(a, 1000, 5 as never, -1))).to.equal("EINVAL");
    expect(yield* codeOf(wsDone(a, 1000, "", Number.NaN))).to.equal("EINVAL");
    expect(yield* codeOf(wsDone(a, 1000, "x".repeat(124), -1))).to.equal("EMSGSIZE");
    yield* wsDone(a, 1000, "x".repeat(123), -1);
    expect(yield* codeOf(wsRecv(z, -1))).to.equal("EPIPE");
    closeAll(a, z);
  });

  it("works in a canceled coroutine", function* () {
    const [a, z] = yield* wsPair();
    hclose(
      go(
        (function* () {
          yield* codeOf(msleep(-1));
          yield* wsDone(a, 1001, "going", -1);
        })(),
      ),
    );
    expect(yield* codeOf(wsRecv(z, -1))).to.equal("EPIPE");
    expect(wsStatus(z)).to.deep.equal({ status: 1001, text: "going" });
    closeAll(a, z);
  });
});

describe("wsDetach", () => {
  for (const carrier of carriers) {
    itWith(carrier)(
      `gives the bytestream back at the first byte behind the close frames, on ${carrier.name}`,
      function* () {
        const [a, z] = yield* carrier.pair();
        const s = yield* wsAttachServer(a, { noHttp: true }, -1);
        const dropped = maskedFrame(0x82, Buffer.alloc(1000));
        yield* bsend(
          z,
          Buffer.concat([dropped, maskedFrame(0x88, Buffer.alloc(0)), Buffer.from("plain")]),
          -1,
        );
        const bare = yield* wsDetach(s, 1000, "", now() + 5000);
        expect(String(yield* brecv(bare, 5, -1))).to.equal("plain");
        yield* bsend(bare, Buffer.from("back"), -1);
        expect(yield* brecv(z, 4, -1)).to.deep.equal(closeFrame(1000));
        expect(String(yield* brecv(z, 4, -1))).to.equal("back");
        closeAll(bare, z);
      },
    );
  }

  it("takes an end without a close frame for the end", function* () {
    const [s, z] = yield* wsFacing();
    yield* ipcDone(z, -1);
    const bare = yield* wsDetach(s, 1000, "", -1);
    expect(yield* codeOf(brecv(bare, 1, -1))).to.equal("EPIPE");
    closeAll(bare, z);
  });

  it("closes everything when it fails", function* () {
    const failing: readonly [string, Buffer, number, string, number][] = [
      ["EINVAL", Buffer.alloc(0), 1005, "", -1],
      ["EINVAL", Buffer.alloc(0), 1000, "", Number.NaN],
      ["EMSGSIZE", Buffer.alloc(0), 1000, "x".repeat(124), -1],
      ["EMSGSIZE", maskedFrame(0x82, Buffer.alloc(20)), 1000, "", -1],
      ["EPROTO", plainFrame(0x82, Buffer.alloc(1)), 1000, "", -1],
      ["ETIMEDOUT", Buffer.alloc(0), 1000, "", now() + 5],
    ];
    for (const [code, bytes, status, text, deadline] of failing) {
      const [s, z] = yield* wsFacing({ maxSize: 10 });
      yield* bsend(z, bytes, -1);
      expect(yield* codeOf(wsDetach(s, status, text, deadline))).to.equal(code);
      expect(codeOfCall(() => hclose(s))).to.equal("EBADF");
      hclose(z);
    }
    const [s, z] = yield* wsFacing();
    const receiver = go(ending(wsRecv(s, -1)));
    expect(yield* codeOf(wsDetach(s, 1000, "", -1))).to.equal("EBUSY");
    expect(yield* join(receiver, -1)).to.equal("EBADF");
    hclose(z);

    const [t, y] = yield* wsFacing();
    const codes: string[] = [];
    hclose(
      go(
        (function* () {
          codes.push(yield* codeOf(wsDetach(t, 1000, "", -1)));
        })(),
      ),
    );
    expect(codes).to.deep.equal(["ECANCELED"]);
    hclose(y);
  });
});

describe("the functions of a ws socket", () => {
  it("are EBADF for a handle that is not open, and ENOTSUP for another one", function* () {
    const [s, z] = yield* wsFacing();
    closeAll(s, z);
    const other = bundle() as never;
    for (const [h, code] of [
      [s, "EBADF"],
      [other, "ENOTSUP"],
    ] as const) {
      const operations = [
        wsSend(h, "text", "x", -1),
        wsSendl(h, "text", [], -1),
        wsRecv(h, -1),
        wsRecvl(h, [], -1),
        wsPing(h, Buffer.alloc(0), -1),
        wsDone(h, 1000, "", -1),
        wsDetach(h, 1000, "", -1),
      ];
      for (const operation of operations) expect(yield* codeOf(operation)).to.equal(code);
      expect(codeOfCall(() => wsStatus(h))).to.equal(code);
      expect(codeOfCall(() => wsRequest(h))).to.equal(code);
    }
    hclose(other);
  });

  it("can answer no ping and say no reason on a bytestream without post, and go on", function* () {
    const carrier = carriers.find(({ name }) => name.includes("send and receive"));
    if (carrier === undefined) throw new Error("there is no such carrier any more");
    const [a, z] = yield* carrier.pair();
    const s = yield* wsAttachServer(a, { noHttp: true }, -1);
    yield* bsend(
      z,
      Buffer.concat([maskedFrame(0x89, Buffer.from("?")), maskedFrame(0x81, Buffer.from("x"))]),
      -1,
    );
    expect((yield* wsRecv(s, -1)).data).to.equal("x");
    yield* wsPing(s, Buffer.from("!"), -1);
    yield* wsDone(s, 1000, "", -1);
    expect(yield* brecv(z, 7, -1)).to.deep.equal(
      Buffer.concat([plainFrame(0x89, Buffer.from("!")), closeFrame(1000)]),
    );
    closeAll(s, z);
  });
});

function* lengthOfNext(s: WsSocket): Coroutine<number> {
  return (yield* wsRecv(s, -1)).data.length;
}

function closeFrame(status: number): Buffer {
  return plainFrame(0x88, Buffer.from([status >> 8, status & 0xff]));
}
