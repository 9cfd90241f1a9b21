import { expect } from "chai";
import { run as runEffection, spawn } from "effection";
import {
  brecv,
  brecvl,
  bsend,
  bundle,
  bundleGo,
  bundleWait,
  type Bytestream,
  chdone,
  chmake,
  chrecv,
  type Coroutine,
  go,
  hclose,
  hmake,
  hown,
  join,
  isErrno,
  msleep,
  now,
  type Operation,
  yieldNow,
} from "libdill-ts";
import { overBytestreams } from "../support/carriers.js";
import { codeOf, failureOf, thrownIn } from "../support/failure.js";
import { holdUpTheProcess } from "../support/holdUp.js";
import { it as itOnNode, itBoth as it } from "../support/it.js";

overBytestreams("brecv", ({ pair, done, close }) => {
  it("returns exactly as many bytes as were asked for", function* () {
    const [a, b] = yield* pair();
    yield* bsend(a, Buffer.from("abcdefghi"), -1);
    expect(String(yield* brecv(b, 2, -1))).to.equal("ab");
    expect(String(yield* brecv(b, 3, -1))).to.equal("cde");
    expect(String(yield* brecv(b, 4, -1))).to.equal("fghi");
  });

  it("waits for the rest of what has arrived in part", function* () {
    const [a, b] = yield* pair();
    const receiver = go(
      (function* () {
        expect(String(yield* brecv(b, 6, -1))).to.equal("abcdef");
        yield* bsend(b, Buffer.from("!"), -1);
      })(),
    );
    for (const part of ["ab", "c", "def"]) {
      yield* bsend(a, Buffer.from(part), -1);
      yield* msleep(now() + 2);
    }
    yield* brecv(a, 1, -1);
    hclose(receiver);
  });

  it("takes what is there under a past deadline, however late the others are already", function* () {
    // Each turn of the event loop, one begins to receive: two from whom nothing comes, so that they are
    // being given up, and behind them one whose byte the process has not asked for yet.
    const all = bundle();
    const codes: string[] = [];
    const starts: (() => void)[] = [];
    for (const bytes of ["", "", "x"]) {
      const [a, b] = yield* pair();
      yield* bsend(a, Buffer.from(bytes), -1);
      const [start, hear] = chmake<never>();
      starts.push(() => chdone(start));
      bundleGo(
        all,
        (function* () {
          yield* codeOf(chrecv(hear, -1));
          codes.push(yield* outcomeOf(brecv(b, 1, 1)));
        })(),
      );
    }
    const [first, second, third] = starts;
    const turns = [first, undefined, second, third];
    const turn = (): void => {
      if (turns.length > 0) setImmediate(turn);
      turns.shift()?.();
    };
    setImmediate(turn);
    yield* bundleWait(all, -1);
    expect(codes.toSorted((x, y) => x.localeCompare(y))).to.deep.equal([
      "ETIMEDOUT",
      "ETIMEDOUT",
      "ok",
    ]);
    hclose(all);
  });

  it("fills the buffer that it is given, and returns it", function* () {
    const [a, b] = yield* pair();
    yield* bsend(a, Buffer.from("abcdef"), -1);
    const whole = Buffer.alloc(6, ".");
    const part = whole.subarray(1, 4);
    expect(yield* brecv(b, part, -1)).to.equal(part);
    expect(String(whole)).to.equal(".abc..");
    const plain = new Uint8Array(3);
    expect(yield* brecv(b, plain, -1)).to.equal(plain);
    expect([...plain]).to.deep.equal([...Buffer.from("def")]);
  });

  it("receives no bytes without waiting", function* () {
    const [a, b] = yield* pair();
    expect(yield* brecv(b, 0, 0)).to.have.length(0);
    expect(yield* brecv(b, Buffer.alloc(0), -1)).to.have.length(0);
    hclose(a);
    expect(yield* brecv(b, 0, -1)).to.have.length(0);
  });

  it("receives what was sent before the peer closed", function* () {
    const [a, b] = yield* pair();
    yield* bsend(a, Buffer.from("last words"), -1);
    hclose(a);
    expect(String(yield* brecv(b, 10, -1))).to.equal("last words");
    expect(yield* codeOf(brecv(b, 1, -1))).to.equal("EPIPE");
  });

  it("does nothing before the yield*, and works anew each time it is run", function* () {
    const [a, b] = yield* pair();
    const operation = brecv(b, 1, -1);
    yield* bsend(a, Buffer.from("xy"), -1);
    expect(String(yield* operation)).to.equal("x");
    expect(String(yield* operation)).to.equal("y");
  });

  it("is not disturbed when the handle changes its owner", function* () {
    const [a, b] = yield* pair();
    let received = "";
    const receiver = go(
      (function* () {
        received = String(yield* brecv(b, 1, -1));
      })(),
    );
    const owned = hown(b);
    yield* bsend(a, Buffer.from("x"), -1);
    while (received === "") yield* msleep(now() + 1);
    expect(received).to.equal("x");
    hclose(receiver);
    hclose(owned);
  });

  it("works in an Effection program, where a halt breaks the direction", async () => {
    await runEffection(function* () {
      const [a, b] = yield* pair();
      yield* bsend(a, Buffer.from("x"), -1);
      expect(String(yield* brecv(b, 1, now() + 1000))).to.equal("x");
      yield* bsend(a, Buffer.from("z"), -1);
      const task = yield* spawn(() => brecv(b, 2, -1));
      yield* msleep(now() + 20);
      yield* task.halt();
      let code: unknown;
      try {
        yield* brecv(b, 1, -1);
      } catch (error) {
        ({ code } = error as { code?: unknown });
      }
      expect(code).to.equal("ECONNRESET");
      yield* bsend(b, Buffer.from("y"), -1);
      expect(String(yield* brecv(a, 1, -1))).to.equal("y");
      hclose(a);
      hclose(b);
    });
  });

  it("fails with what a buffer of the caller's own class throws while it waits", function* () {
    const [a, b] = yield* pair();
    const mine = new Error("mine");
    let isHostile = false;
    class Hostile extends Uint8Array {
      override get length(): number {
        if (isHostile) throw mine;
        return super.length;
      }
    }
    let error: unknown;
    const receiver = go(
      (function* () {
        error = yield* thrownIn(brecv(b, new Hostile(5), -1));
      })(),
    );
    isHostile = true;
    yield* bsend(a, Buffer.from("hello"), -1);
    yield* join(receiver, now() + 1000);
    expect(error).to.include({ code: "EIO", cause: mine });
  });

  describe("deadline", () => {
    it("0 receives what has arrived", function* () {
      const [a, b] = yield* pair();
      yield* bsend(a, Buffer.alloc(100_000, "x"), -1);
      expect(yield* brecv(b, 100_000, 0)).to.deep.equal(Buffer.alloc(100_000, "x"));
    });

    it("in the past receives what has arrived, though nothing has been read before", function* () {
      const [a, b] = yield* pair();
      yield* bsend(a, Buffer.from("abc"), -1);
      expect(String(yield* brecv(b, 1, now() - 1000))).to.equal("a");
      expect(String(yield* brecv(b, 2, 1))).to.equal("bc");
    });

    it("0 is ETIMEDOUT if not all has arrived", function* () {
      const [a, b] = yield* pair();
      yield* bsend(a, Buffer.from("abc"), -1);
      const error = yield* failureOf(brecv(b, 4, 0));
      expect(error).to.include({ code: "ETIMEDOUT", syscall: "brecv" });
    });

    it("leaves the direction whole when it hits before a byte has come", function* () {
      const [a, b] = yield* pair();
      expect(yield* codeOf(brecv(b, 1, now() + 5))).to.equal("ETIMEDOUT");
      yield* bsend(a, Buffer.from("late"), -1);
      expect(String(yield* brecv(b, 4, -1))).to.equal("late");
    });

    it("gives ETIMEDOUT when it hits, never early, and breaks the direction in the middle", function* () {
      const [a, b] = yield* pair();
      yield* bsend(a, Buffer.from("x"), -1);
      const deadline = now() + 30;
      expect(yield* codeOf(brecv(b, 2, deadline))).to.equal("ETIMEDOUT");
      expect(now()).to.be.at.least(deadline);
      expect(yield* codeOf(brecv(b, 1, -1))).to.equal("ECONNRESET");
      yield* bsend(b, Buffer.from("still"), -1);
      expect(String(yield* brecv(a, 5, -1))).to.equal("still");
      yield* bsend(a, Buffer.from("never read"), -1);
      expect(yield* codeOf(brecv(b, 1, -1))).to.equal("ECONNRESET");
    });

    it("does not matter once the bytes are there", function* () {
      const [a, b] = yield* pair();
      yield* bsend(a, Buffer.from("a"), -1);
      expect(String(yield* brecv(b, 1, now() + 5))).to.equal("a");
      yield* msleep(now() + 15);
      yield* bsend(a, Buffer.from("b"), -1);
      expect(String(yield* brecv(b, 1, -1))).to.equal("b");
    });

    it("is EINVAL if it is no point in time, and breaks nothing", function* () {
      const [a, b] = yield* pair();
      for (const deadline of [NaN, -2, -Infinity]) {
        expect(yield* codeOf(brecv(b, 1, deadline))).to.equal("EINVAL");
        expect(yield* codeOf(brecvl(b, [1], deadline))).to.equal("EINVAL");
      }
      yield* bsend(a, Buffer.from("a"), -1);
      yield* brecv(b, 1, -1);
    });
  });

  describe("cancellation", () => {
    it("throws ECANCELED where it waits, and breaks only this direction, in the middle", function* () {
      const [a, b] = yield* pair();
      yield* bsend(a, Buffer.from("xyz"), -1);
      yield* brecv(b, 1, -1);
      const codes: string[] = [];
      const receiver = go(report(codes, brecv(b, 3, -1)));
      hclose(receiver);
      expect(codes).to.deep.equal(["ECANCELED"]);
      expect(yield* codeOf(brecv(b, 1, -1))).to.equal("ECONNRESET");
      yield* bsend(b, Buffer.from("x"), -1);
      expect(String(yield* brecv(a, 1, -1))).to.equal("x");
    });

    itOnNode("hands over the bytes that had arrived before it", function* () {
      const [a, b] = yield* pair();
      let received = "";
      const receiver = go(
        (function* () {
          received = String(yield* brecv(b, 3, -1));
        })(),
      );
      yield* bsend(a, Buffer.from("abc"), -1);
      yield* holdUpTheProcess();
      hclose(receiver);
      expect(received).to.equal("abc");
      yield* bsend(a, Buffer.from("d"), -1);
      expect(String(yield* brecv(b, 1, -1))).to.equal("d");
    });

    it("lets a coroutine that is being canceled receive what is there already", function* () {
      const [a, b] = yield* pair();
      yield* bsend(a, Buffer.from("abc"), -1);
      yield* brecv(b, 1, -1);
      const codes: string[] = [];
      let received = "";
      const receiver = go(
        (function* () {
          try {
            yield* msleep(-1);
          } finally {
            received = String(yield* brecv(b, 2, -1));
            codes.push(yield* codeOf(brecv(b, 1, -1)));
            codes.push(yield* codeOf(brecv(b, 1, -1)));
          }
        })(),
      );
      hclose(receiver);
      expect(received).to.equal("bc");
      // No byte had come for them: the direction is whole.
      expect(codes).to.deep.equal(["ECANCELED", "ECANCELED"]);
    });
  });

  describe("errors", () => {
    it("EBADF: the handle is not open, or never was one", function* () {
      const [a] = yield* pair();
      hclose(a);
      for (const s of [a, 999_999, -1, 1.5, NaN, "5", undefined]) {
        expect(yield* codeOf(brecv(s as Bytestream, 1, -1))).to.equal("EBADF");
        expect(yield* codeOf(brecvl(s as Bytestream, [1], -1))).to.equal("EBADF");
      }
    });

    it("EBADF: the handle is closed while a coroutine waits on it", function* () {
      const [a] = yield* pair();
      const codes: string[] = [];
      const receiver = go(report(codes, brecv(a, 1, -1)));
      hclose(a);
      yield* yieldNow();
      expect(codes).to.deep.equal(["EBADF"]);
      hclose(receiver);
    });

    it("ENOTSUP: the handle is not a bytestream", function* () {
      const others = [bundle(), hmake({ query: () => null, close() {} })];
      for (const h of others) {
        const s = h as unknown as Bytestream;
        const error = yield* failureOf(brecv(s, 1, -1));
        expect(error).to.include({ code: "ENOTSUP", syscall: "brecv" });
        expect(yield* codeOf(brecvl(s, [1], -1))).to.equal("ENOTSUP");
      }
    });

    it("EBUSY: another coroutine receives, and goes on undisturbed", function* () {
      const [a, b] = yield* pair();
      let received = "";
      const receiver = go(
        (function* () {
          received = String(yield* brecv(b, 1, -1));
        })(),
      );
      expect(yield* codeOf(brecv(b, 1, -1))).to.equal("EBUSY");
      expect(yield* codeOf(brecvl(b, [1], 0))).to.equal("EBUSY");
      expect(yield* codeOf(brecv(b, 0, -1))).to.equal("EBUSY");
      yield* bsend(b, Buffer.from("the other way"), -1);
      yield* bsend(a, Buffer.from("xy"), -1);
      while (received === "") yield* msleep(now() + 1);
      expect(received).to.equal("x");
      expect(String(yield* brecv(b, 1, -1))).to.equal("y");
      hclose(receiver);
    });

    it("EPIPE: the peer is done, now and for ever", function* () {
      const [a, b] = yield* pair();
      yield* bsend(a, Buffer.from("x"), -1);
      yield* done(a, -1);
      yield* brecv(b, 1, -1);
      for (let i = 0; i < 3; i++) {
        const error = yield* failureOf(brecv(b, 1, -1));
        expect(error).to.include({ code: "EPIPE", syscall: "brecv" });
      }
      expect(yield* codeOf(brecv(b, 0, -1))).to.equal("EPIPE");
      expect(yield* codeOf(brecvl(b, [], 0))).to.equal("EPIPE");
      yield* bsend(b, Buffer.from("y"), -1);
      expect(String(yield* brecv(a, 1, -1))).to.equal("y");
    });

    it("EPIPE: the peer is done in the middle of what was asked for, which is lost", function* () {
      const [a, b] = yield* pair();
      yield* bsend(a, Buffer.from("abc"), -1);
      yield* done(a, -1);
      expect(yield* codeOf(brecv(b, 4, -1))).to.equal("EPIPE");
      expect(yield* codeOf(brecv(b, 1, -1))).to.equal("EPIPE");
    });

    it("EPIPE: the peer closes while a coroutine waits", function* () {
      const [a, b] = yield* pair();
      const codes: string[] = [];
      const receiver = go(report(codes, brecv(b, 1, -1)));
      hclose(a);
      while (codes.length === 0) yield* msleep(now() + 1);
      expect(codes).to.deep.equal(["EPIPE"]);
      hclose(receiver);
    });

    it("ECONNRESET: the peer closed without reading all", function* () {
      const [a, b] = yield* pair();
      yield* bsend(b, Buffer.from("unread"), -1);
      hclose(a);
      const error = yield* failureOf(brecv(b, 1, -1));
      expect(error.code).to.equal("ECONNRESET");
      expect(error.cause).to.include({ code: "ECONNRESET", syscall: "read" });
      expect(yield* codeOf(brecv(b, 1, -1))).to.equal("ECONNRESET");
    });

    it("EINVAL: the buffer's memory is given away meanwhile, which breaks this direction", function* () {
      const [a, b] = yield* pair();
      const buffer = new Uint8Array(3);
      const codes: string[] = [];
      const receiver = go(
        (function* () {
          codes.push(yield* codeOf(brecv(b, buffer, -1)));
        })(),
      );
      structuredClone(buffer, { transfer: [buffer.buffer] });
      yield* bsend(a, Buffer.from("abc"), -1);
      yield* join(receiver, -1);
      expect(codes).to.deep.equal(["EINVAL"]);
      expect(yield* codeOf(brecv(b, 1, -1))).to.equal("ECONNRESET");
      for (const h of [receiver, a, b]) hclose(h);
    });

    it("EINVAL: what is wanted is neither a number of bytes nor a buffer", function* () {
      const [a, b] = yield* pair();
      const wrong = [-1, 1.5, NaN, Infinity, 2 ** 52, "5", null, undefined, {}, [1]];
      for (const wanted of wrong) {
        const error = yield* failureOf(brecv(b, wanted as number, -1));
        expect(error).to.include({ code: "EINVAL", syscall: "brecv" });
      }
      yield* bsend(a, Buffer.from("x"), -1);
      expect(String(yield* brecv(b, 1, -1))).to.equal("x");
    });
  });

  describe("leaves nothing behind", () => {
    it("after a deadline, a cancellation, or the end of the peer", function* () {
      for (const end of [byDeadline, byCancellation, byPeer]) {
        const [a, b] = yield* pair();
        if (end !== byPeer) yield* bsend(a, Buffer.from("x"), -1);
        yield* end(a, b);
        expect(yield* codeOf(close(b, -1))).to.be.oneOf(["ECONNRESET", "EPIPE"]);
        if (end !== byPeer) hclose(a);
      }

      function* byDeadline(_a: Bytestream, b: Bytestream): Coroutine {
        yield* failureOf(brecv(b, 2, now() + 10));
      }
      function* byCancellation(_a: Bytestream, b: Bytestream): Coroutine {
        const receiver = go(report([], brecv(b, 2, -1)));
        yield* msleep(now() + 10);
        hclose(receiver);
      }
      function* byPeer(a: Bytestream, b: Bytestream): Coroutine {
        yield* bsend(b, Buffer.from("unread"), -1);
        hclose(a);
        yield* failureOf(brecv(b, 1, -1));
      }
    });
  });
});

overBytestreams("brecvl", ({ pair, done }) => {
  it("fills one buffer after the other, makes those that are numbers, and drops gaps", function* () {
    const [a, b] = yield* pair();
    yield* bsend(a, Buffer.from("abcdefghijkl"), -1);
    const given = Buffer.alloc(3);
    const buffers = yield* brecvl(b, [2, { skip: 3 }, given, { skip: 1 }, 1, 0, { skip: 2 }], -1);
    expect(buffers.map(String)).to.deep.equal(["ab", "fgh", "j", ""]);
    expect(buffers[1]).to.equal(given);
  });

  it("waits until every gap is filled, too", function* () {
    const [a, b] = yield* pair();
    yield* bsend(a, Buffer.from("abc"), -1);
    expect(yield* codeOf(brecvl(b, [1, { skip: 3 }], now() + 5))).to.equal("ETIMEDOUT");
    expect(yield* codeOf(brecvl(b, [1], -1))).to.equal("ECONNRESET");
  });

  it("receives nothing for an empty list", function* () {
    const [, b] = yield* pair();
    expect(yield* brecvl(b, [], 0)).to.deep.equal([]);
    expect(yield* brecvl(b, [{ skip: 0 }, 0], 0)).to.have.length(1);
  });

  it("leaves the list as it is, and may be run again", function* () {
    const [a, b] = yield* pair();
    yield* bsend(a, Buffer.from("abcdef"), -1);
    const list = Object.freeze([1, Object.freeze({ skip: 1 }), 1]);
    const operation = brecvl(b, list, -1);
    expect((yield* operation).map(String)).to.deep.equal(["a", "c"]);
    expect((yield* operation).map(String)).to.deep.equal(["d", "f"]);
  });

  it("skips more than the kernel holds at a time", function* () {
    const [a, b] = yield* pair();
    const sender = go(
      (function* () {
        yield* bsend(a, Buffer.alloc(3_000_000, "-"), -1);
        yield* bsend(a, Buffer.from("end"), -1);
      })(),
    );
    const [end] = yield* brecvl(b, [{ skip: 3_000_000 }, 3], -1);
    expect(String(end)).to.equal("end");
    hclose(sender);
  });

  describe("deadline", () => {
    it("0 receives what has arrived", function* () {
      const [a, b] = yield* pair();
      yield* bsend(a, Buffer.from("abc"), -1);
      expect((yield* brecvl(b, [{ skip: 1 }, 2], 0)).map(String)).to.deep.equal(["bc"]);
    });
  });

  describe("cancellation", () => {
    it("throws ECANCELED, and breaks the direction in the middle", function* () {
      const [a, b] = yield* pair();
      yield* bsend(a, Buffer.from("xy"), -1);
      yield* brecv(b, 1, -1);
      const codes: string[] = [];
      hclose(go(report(codes, brecvl(b, [2], -1))));
      codes.push(yield* codeOf(brecvl(b, [{ skip: 1 }], -1)));
      expect(codes).to.deep.equal(["ECANCELED", "ECONNRESET"]);
    });
  });

  describe("errors", () => {
    it("EINVAL: something else in the list, which breaks nothing", function* () {
      const [a, b] = yield* pair();
      const wrong = [null, "x", [-1], [1.5], ["x"], [null], [{}], [{ skip: -1 }], [{ skip: 0.5 }]];
      for (const list of wrong) {
        const error = yield* failureOf(brecvl(b, list as number[], -1));
        expect(error).to.include({ code: "EINVAL", syscall: "brecvl" });
      }
      yield* bsend(a, Buffer.from("x"), -1);
      expect((yield* brecvl(b, [1], -1)).map(String)).to.deep.equal(["x"]);
    });

    it("name the function that was called", function* () {
      const [a, b] = yield* pair();
      yield* done(a, -1);
      expect(yield* failureOf(brecvl(b, [1], -1))).to.include({ code: "EPIPE", syscall: "brecvl" });
      const late = yield* failureOf(brecvl(a, [1], now() + 1));
      expect(late).to.include({ code: "ETIMEDOUT", syscall: "brecvl" });
    });

    it("EPIPE: the peer ends in a gap", function* () {
      const [a, b] = yield* pair();
      yield* bsend(a, Buffer.from("abc"), -1);
      hclose(a);
      expect(yield* codeOf(brecvl(b, [1, { skip: 100 }], -1))).to.equal("EPIPE");
      expect(yield* codeOf(brecvl(b, [{ skip: 1 }], -1))).to.equal("EPIPE");
    });
  });

  describe("leaves nothing behind", () => {
    it("of the bytes it has skipped", function* () {
      const [a, b] = yield* pair();
      yield* bsend(a, Buffer.from("12x"), -1);
      yield* brecvl(b, [{ skip: 2 }], -1);
      expect(String(yield* brecv(b, 1, -1))).to.equal("x");
      expect(yield* codeOf(brecv(b, 1, 0))).to.equal("ETIMEDOUT");
    });
  });
});

function* report(codes: string[], operation: Operation<unknown>): Coroutine {
  codes.push(yield* codeOf(operation));
}

function* outcomeOf(operation: Operation<unknown>): Coroutine<string> {
  try {
    yield* operation;
    return "ok";
  } catch (error) {
    if (!isErrno(error)) throw error;
    return error.code;
  }
}
