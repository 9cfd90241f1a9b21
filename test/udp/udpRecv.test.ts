import { createSocket } from "node:dgram";
import { once } from "node:events";
import { expect } from "chai";
import fc from "fast-check";
import {
  bundle,
  choose,
  type Coroutine,
  go,
  hclose,
  hown,
  ipaddrLocal,
  ipcPair,
  isErrno,
  join,
  mrecv,
  mrecvl,
  now,
  prefixAttach,
  type ReceiveTarget,
  run,
  termAttach,
  termDetach,
  termDone,
  udpDropped,
  udpLocal,
  udpOpen,
  udpRecv,
  udpRecvl,
  udpSend,
  type UdpSocket,
} from "libdill-ts";
import { codeOf, failureOf } from "../support/failure.js";
import { itBoth as it, it as itOnNode } from "../support/it.js";
import { startPython, stopProcesses } from "../support/process.js";
import { anyPort, udpPair } from "../support/udpPair.js";
import { until } from "../support/until.js";

describe("udpRecv", () => {
  afterEach(stopProcesses);

  itOnNode(
    "returns the datagrams in the order in which they came, and their senders",
    function* () {
      const [a, b] = yield* udpPair();
      const c = yield* udpOpen(anyPort(), udpLocal(a));
      for (const s of [b, c, c, b]) udpSend(s, null, Buffer.from(String(udpLocal(s).port)));
      for (const s of [b, c, c, b]) {
        const { data, addr } = yield* udpRecv(a, -1);
        expect(addr).to.deep.equal(udpLocal(s));
        expect(String(data)).to.equal(String(addr.port));
        expect(addr).to.be.frozen;
      }
    },
  );

  it("of a socket with a default remote address drops what comes from elsewhere", function* () {
    const a = yield* udpOpen(anyPort(), null);
    const b = yield* udpOpen(anyPort(), udpLocal(a));
    const stranger = yield* udpOpen(anyPort(), null);
    const elsewhere = yield* udpOpen(ipaddrLocal("127.0.0.2", udpLocal(a).port), null);
    for (const s of [stranger, elsewhere]) udpSend(s, udpLocal(b), Buffer.from("strange"));
    udpSend(a, udpLocal(b), Buffer.from("known"));
    expect(String((yield* udpRecv(b, -1)).data)).to.equal("known");
    expect(yield* codeOf(udpRecv(b, 0))).to.equal("ETIMEDOUT");
    expect(udpDropped(b).incoming).to.equal(0);
  });

  itOnNode("receives from programs that know nothing of us", function* () {
    const s = yield* udpOpen(anyPort(), null);
    startPython(sender, String(udpLocal(s).port));
    for (const text of ["", "short", "x".repeat(65_507)]) {
      expect(String((yield* udpRecv(s, -1)).data)).to.equal(text);
    }
  });

  it("with deadline 0 gets what is in the kernel", function* () {
    const [a, b] = yield* udpPair();
    for (const deadline of [0, now() - 1000, 1]) {
      expect(yield* codeOf(udpRecv(a, deadline))).to.equal("ETIMEDOUT");
      udpSend(b, null, Buffer.from("x"));
      expect(String((yield* udpRecv(a, deadline)).data)).to.equal("x");
    }
  });

  it("gives ETIMEDOUT when the deadline hits, never early, and goes on afterwards", function* () {
    const [a, b] = yield* udpPair();
    const deadline = now() + 20;
    const error = yield* failureOf(udpRecv(a, deadline));
    expect(error).to.include({ code: "ETIMEDOUT", syscall: "udp_recv" });
    expect(now()).to.be.at.least(deadline);
    udpSend(b, null, Buffer.from("x"));
    expect(String((yield* udpRecv(a, -1)).data)).to.equal("x");
  });

  it("that is canceled has taken nothing", function* () {
    const [a, b] = yield* udpPair();
    const codes: string[] = [];
    const receiver = go(
      (function* () {
        codes.push(yield* codeOf(udpRecv(a, -1)));
      })(),
    );
    udpSend(b, null, Buffer.from("x"));
    hclose(receiver);
    expect(codes).to.deep.equal(["ECANCELED"]);
    expect(String((yield* udpRecv(a, -1)).data)).to.equal("x");
  });

  it("of a second coroutine is EBUSY, and touches nothing", function* () {
    const [a, b] = yield* udpPair();
    const first = go(
      (function* (): Coroutine<string> {
        return String((yield* udpRecv(a, -1)).data);
      })(),
    );
    for (const second of [udpRecv(a, -1), udpRecvl(a, [], -1), mrecv(a, -1), mrecvl(a, [], -1)]) {
      expect(yield* codeOf(second)).to.equal("EBUSY");
    }
    udpSend(b, null, Buffer.from("x"));
    expect(yield* join(first, -1)).to.equal("x");
  });

  it("is EBADF when the socket is closed meanwhile, or was before", function* () {
    const [a] = yield* udpPair();
    const waiting = go(
      (function* (): Coroutine<string> {
        return yield* codeOf(udpRecv(a, -1));
      })(),
    );
    hclose(a);
    expect(yield* join(waiting, -1)).to.equal("EBADF");
    for (const late of [udpRecv(a, -1), udpRecvl(a, [], -1)]) {
      expect(yield* codeOf(late)).to.equal("EBADF");
    }
  });

  it("is ENOTSUP on another kind of handle, and EINVAL with a deadline that is none", function* () {
    const [raw] = yield* ipcPair();
    const b = bundle();
    for (const h of [prefixAttach(raw, 1), b]) {
      const s = h as unknown as UdpSocket;
      expect(yield* codeOf(udpRecv(s, -1))).to.equal("ENOTSUP");
      expect(yield* codeOf(udpRecvl(s, [], -1))).to.equal("ENOTSUP");
    }
    hclose(b);
    const [a] = yield* udpPair();
    expect(yield* codeOf(udpRecv(a, NaN))).to.equal("EINVAL");
    expect(yield* codeOf(udpRecvl(a, [], -2))).to.equal("EINVAL");
  });

  it("goes on under the number that hown gives", function* () {
    const [a, b] = yield* udpPair();
    const mine = hown(a);
    udpSend(b, null, Buffer.from("x"));
    expect(String((yield* udpRecv(mine, -1)).data)).to.equal("x");
    expect(yield* codeOf(udpRecv(a, 0))).to.equal("EBADF");
  });

  describe("of a flood", () => {
    itOnNode("keeps 1024 datagrams, and drops and counts the others", function* () {
      const a = yield* udpOpen(anyPort(), null);
      yield* flood(a, 1100, 1);
      expect(udpDropped(a)).to.deep.equal({ incoming: 76, outgoing: 0 });
      for (let i = 0; i < 1024; i++) {
        expect((yield* udpRecv(a, 0)).data[0]).to.equal(i % 256);
      }
      expect(yield* codeOf(udpRecv(a, 0))).to.equal("ETIMEDOUT");
      yield* flood(a, 1, 1);
      expect((yield* udpRecv(a, -1)).data.length).to.equal(1);
    });

    itOnNode("keeps 1 MiB", function* () {
      const a = yield* udpOpen(anyPort(), null);
      yield* flood(a, 40, 32_768);
      expect(udpDropped(a).incoming).to.equal(8);
      let bytes = 0;
      while (yield* isThere(a)) bytes += (yield* udpRecv(a, 0)).data.length;
      expect(bytes).to.equal(1_048_576);
    });
  });

  describe("into buffers", () => {
    it("fills them, drops the gaps, and tells length and sender", function* () {
      const [a, b] = yield* udpPair();
      const [head, tail] = [Buffer.alloc(4), Buffer.alloc(9)];
      udpSend(b, null, Buffer.from("headgaptail"));
      const info = yield* udpRecvl(a, [head, { skip: 3 }, tail], -1);
      expect(info).to.deep.equal({ length: 11, addr: udpLocal(b) });
      expect(String(head)).to.equal("head");
      expect(String(tail)).to.equal("tail\0\0\0\0\0");
      udpSend(b, null, Buffer.from("one"));
      expect(String(yield* mrecv(a, tail, -1))).to.equal("one");
      udpSend(b, null, Buffer.from("two"));
      expect(yield* mrecvl(a, [{ skip: 5 }], -1)).to.equal(3);
    });

    itOnNode(
      "that are too small is EMSGSIZE: the datagram is gone, and nothing was filled",
      function* () {
        const [a, b] = yield* udpPair();
        const small = Buffer.alloc(3);
        const attempts = [
          () => udpRecvl(a, [small, { skip: 1 }], -1),
          () => mrecv(a, small, -1),
          () => mrecvl(a, [small], -1),
        ];
        for (const attempt of attempts) {
          udpSend(b, null, Buffer.from("12345"));
          udpSend(b, null, Buffer.from("6"));
          const error = yield* failureOf(attempt());
          expect(error.code).to.equal("EMSGSIZE");
          expect(error.message).to.contain("is gone");
          expect(String(small)).to.equal("\0\0\0");
          expect(String((yield* udpRecv(a, -1)).data)).to.equal("6");
        }
      },
    );

    it("that are none is EINVAL, and takes nothing", function* () {
      const [a, b] = yield* udpPair();
      udpSend(b, null, Buffer.from("x"));
      for (const target of ["text", 5, null, { skip: -1 }, new Uint16Array(1)]) {
        const targets = [target] as unknown as ReceiveTarget[];
        expect(yield* codeOf(udpRecvl(a, targets, -1))).to.equal("EINVAL");
      }
      expect(String((yield* udpRecv(a, -1)).data)).to.equal("x");
    });

    it("one of which lost its memory meanwhile is EINVAL", function* () {
      const [a, b] = yield* udpPair();
      const buffer = new Uint8Array(5);
      const receiver = go(
        (function* (): Coroutine<string> {
          return yield* codeOf(udpRecvl(a, [buffer], -1));
        })(),
      );
      structuredClone(buffer.buffer, { transfer: [buffer.buffer] });
      udpSend(b, null, Buffer.from("x"));
      expect(yield* join(receiver, -1)).to.equal("EINVAL");
    });
  });

  describe("in a choose", () => {
    it("is readable when a datagram waits, which stays there", function* () {
      const [a, b] = yield* udpPair();
      expect(yield* isThere(a)).to.equal(false);
      udpSend(b, null, Buffer.from("x"));
      expect(yield* isThere(a)).to.equal(true);
      expect(yield* isThere(a)).to.equal(true);
      expect(String((yield* udpRecv(a, 0)).data)).to.equal("x");
      expect(yield* isThere(a)).to.equal(false);
    });

    it("keeps other receivers out while it waits", function* () {
      const [a] = yield* udpPair();
      const waiting = go(
        (function* () {
          yield* choose([{ op: "readable", s: a }], -1);
        })(),
      );
      expect(yield* codeOf(udpRecv(a, 0))).to.equal("EBUSY");
      hclose(waiting);
      expect(yield* codeOf(udpRecv(a, 0))).to.equal("ETIMEDOUT");
    });
  });

  it("under a term socket carries a conversation", function* () {
    const [x, y] = yield* udpPair();
    const hello = Buffer.from("hello");
    udpSend(y, null, hello);
    const z = yield* udpOpen(null, udpLocal(y));
    const [a, b] = [termAttach(x, "bye"), termAttach(y, "bye")];
    yield* termDone(b, -1);
    expect(String(yield* mrecv(a, -1))).to.equal("hello");
    expect(yield* codeOf(mrecv(a, -1))).to.equal("EPIPE");
    hclose(z);
    expect(yield* codeOf(termDetach(a, now() + 5))).to.equal("EINVAL"); // it has nobody to say goodbye to
  });

  it("holds against a simple model", async () => {
    const command = fc.oneof(
      fc.record({ op: fc.constant("send"), size: fc.integer({ min: 0, max: 2000 }) }),
      fc.record({ op: fc.constant("receive"), size: fc.integer({ min: 0, max: 2000 }) }),
      fc.record({ op: fc.constant("look"), size: fc.constant(0) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(command, { maxLength: 40 }), async (commands) => {
        await run(play(commands));
      }),
      { numRuns: 60 },
    );
  });
});

/** Plays the commands with sockets and with a list. */
function* play(commands: readonly { op: string; size: number }[]): Coroutine {
  const [a, b] = yield* udpPair();
  const model: Buffer[] = [];
  for (const [i, { op, size }] of commands.entries()) {
    if (op === "send") {
      const bytes = Buffer.alloc(size, i);
      model.push(bytes);
      udpSend(b, null, bytes);
    } else if (op === "look") {
      expect(yield* isThere(a)).to.equal(model.length > 0);
    } else {
      const expected = model.shift();
      const buffer = Buffer.alloc(size);
      try {
        const { length } = yield* udpRecvl(a, [buffer], 0);
        expect(buffer.subarray(0, length)).to.deep.equal(expected);
      } catch (error) {
        const code = expected === undefined ? "ETIMEDOUT" : "EMSGSIZE";
        if (!isErrno(error, code)) throw error;
        if (expected !== undefined) expect(expected.length).to.be.above(size);
      }
    }
  }
}

function* isThere(s: UdpSocket): Coroutine<boolean> {
  try {
    yield* choose([{ op: "readable", s }], 0);
    return true;
  } catch (error) {
    if (!isErrno(error, "ETIMEDOUT")) throw error;
    return false;
  }
}

/** Lets Node take from the kernel what is there. */
function* aPoll(): Coroutine {
  for (let i = 0; i < 2; i++) yield* until(new Promise((resolve) => void setImmediate(resolve)));
}

/** Sends so many datagrams, a few at a time, and returns when the last one has been taken from the kernel. */
function* flood(to: UdpSocket, count: number, length: number): Coroutine {
  const sender = createSocket("udp4");
  sender.connect(udpLocal(to).port, "127.0.0.1");
  yield* until(once(sender, "connect"));
  for (let i = 0; i < count; i++) {
    yield* until(
      new Promise((resolve) => {
        sender.send(Buffer.alloc(length, i), resolve);
      }),
    );
    if (i % 2 === 1) yield* aPoll();
  }
  yield* aPoll();
  sender.close();
  yield* until(once(sender, "close"));
}

const sender = `
import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for text in ("", "short", "x" * 65507):
    s.sendto(text.encode(), ("127.0.0.1", int(sys.argv[1])))
`;
