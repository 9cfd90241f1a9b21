import { expect } from "chai";
import {
  brecv,
  brecvSome,
  bsend,
  type Bytestream,
  go,
  hclose,
  hmake,
  join,
  isErrno,
  msleep,
  now,
  type Operation,
} from "libdill-ts";
import { bytestreamType } from "libdill-ts/impl";
import { overBytestreams } from "../support/carriers.js";
import { codeOf, failureOf } from "../support/failure.js";
import { itBoth as it } from "../support/it.js";

overBytestreams("brecvSome", ({ pair, done }) => {
  it("returns what has come, and at most as many bytes as were asked for", function* () {
    const [a, b] = yield* pair();
    yield* bsend(a, Buffer.from("abcdefghi"), -1);
    expect(String(yield* brecvSome(b, 4, -1))).to.equal("abcd");
    expect(String(yield* brecvSome(b, 100, -1))).to.equal("efghi");
  });

  it("fills a buffer, and returns the part that it has filled", function* () {
    const [a, b] = yield* pair();
    yield* bsend(a, Buffer.from("abcdefghi"), -1);
    const memory = new Uint8Array(8);
    const room = memory.subarray(2, 6);
    expect(String(yield* brecvSome(b, room, -1))).to.equal("abcd");
    const rest = yield* brecvSome(b, memory, -1);
    expect(String(rest)).to.equal("efghi");
    expect([rest.buffer, rest.byteOffset]).to.deep.equal([memory.buffer, 0]);
    expect(String(Buffer.from(memory))).to.equal("efghid\0\0");
  });

  it("fills a buffer while it waits, too", function* () {
    const [a, b] = yield* pair();
    const buffer = Buffer.alloc(3);
    const receiver = go(
      (function* () {
        return yield* brecvSome(b, buffer, -1);
      })(),
    );
    yield* bsend(a, Buffer.from("abcde"), -1);
    expect(String(yield* join(receiver, -1))).to.equal("abc");
    expect(String(yield* brecvSome(b, 3, -1))).to.equal("de");
    hclose(receiver);
  });

  it("is EINVAL if the buffer's memory is given away meanwhile, and takes nothing", function* () {
    const [a, b] = yield* pair();
    const buffer = new Uint8Array(3);
    const codes: string[] = [];
    const receiver = go(
      (function* () {
        codes.push(yield* codeOf(brecvSome(b, buffer, -1)));
      })(),
    );
    structuredClone(buffer, { transfer: [buffer.buffer] });
    yield* bsend(a, Buffer.from("abc"), -1);
    yield* join(receiver, -1);
    expect(codes).to.deep.equal(["EINVAL"]);
    expect(String(yield* brecv(b, 3, -1))).to.equal("abc");
    hclose(receiver);
  });

  it("leaves the buffer alone once it has been cut short", function* () {
    const [a, b] = yield* pair();
    const buffer = Buffer.alloc(3, ".");
    const receiver = go(
      (function* () {
        yield* brecvSome(b, buffer, -1);
      })(),
    );
    hclose(receiver);
    yield* bsend(a, Buffer.from("abc"), -1);
    expect(String(yield* brecv(b, 3, -1))).to.equal("abc");
    expect(String(buffer)).to.equal("...");
  });

  it("waits for the first byte only", function* () {
    const [a, b] = yield* pair();
    let received = "";
    const receiver = go(
      (function* () {
        received = String(yield* brecvSome(b, 100, -1));
        yield* bsend(b, Buffer.from("!"), -1);
      })(),
    );
    expect(received).to.equal("");
    yield* bsend(a, Buffer.from("ab"), -1);
    yield* brecv(a, 1, -1);
    expect(received).to.equal("ab");
    hclose(receiver);
  });

  it("works in turn with brecv, and neither loses a byte to the other", function* () {
    const [a, b] = yield* pair();
    yield* bsend(a, Buffer.from("abcdefghi"), -1);
    expect(String(yield* brecv(b, 2, -1))).to.equal("ab");
    expect(String(yield* brecvSome(b, 3, -1))).to.equal("cde");
    expect(String(yield* brecv(b, 4, -1))).to.equal("fghi");
  });

  it("carries a stream of any size to its end, whole and in order", function* () {
    const [a, b] = yield* pair();
    const bytes = Buffer.from(Array.from({ length: 1_000_000 }, (_, i) => i % 251));
    const sender = go(
      (function* () {
        yield* bsend(a, bytes, -1);
        yield* done(a, -1);
      })(),
    );
    const parts: Buffer[] = [];
    try {
      for (;;) parts.push(yield* brecvSome(b, 1 + (parts.length % 70_000), -1));
    } catch (error) {
      if (!isErrno(error, "EPIPE")) throw error;
    }
    expect(Buffer.concat(parts).equals(bytes)).to.equal(true);
    hclose(sender);
  });

  it("gives what has come before the end, and then the end, for ever", function* () {
    const [a, b] = yield* pair();
    yield* bsend(a, Buffer.from("last"), -1);
    hclose(a);
    expect(String(yield* brecvSome(b, 100, -1))).to.equal("last");
    for (let i = 0; i < 2; i++) expect(yield* codeOf(brecvSome(b, 1, -1))).to.equal("EPIPE");
  });

  it("does nothing before the yield*, and works anew each time it is run", function* () {
    const [a, b] = yield* pair();
    const operation = brecvSome(b, 2, -1);
    yield* bsend(a, Buffer.from("abcd"), -1);
    expect(String(yield* operation)).to.equal("ab");
    expect(String(yield* operation)).to.equal("cd");
  });

  it("leaves the bytes alone that it has handed out", function* () {
    const [a, b] = yield* pair();
    yield* bsend(a, Buffer.from("xa"), -1);
    yield* brecv(b, 1, -1);
    const first = yield* brecvSome(b, 100, -1);
    yield* bsend(a, Buffer.from("yb"), -1);
    yield* brecv(b, 1, -1);
    expect(String(yield* brecvSome(b, 100, -1))).to.equal("b");
    expect(String(first)).to.equal("a");
  });

  describe("deadline", () => {
    it("takes what is there under any deadline", function* () {
      const [a, b] = yield* pair();
      for (const deadline of [0, now() - 1000, now() + 1000]) {
        yield* bsend(a, Buffer.from("ab"), -1);
        expect(String(yield* brecvSome(b, 9, deadline))).to.equal("ab");
      }
    });

    it("is ETIMEDOUT, never early, and the direction goes on", function* () {
      const [a, b] = yield* pair();
      expect(yield* codeOf(brecvSome(b, 9, 0))).to.equal("ETIMEDOUT");
      const deadline = now() + 20;
      expect(yield* codeOf(brecvSome(b, 9, deadline))).to.equal("ETIMEDOUT");
      expect(now()).to.be.at.least(deadline);
      yield* bsend(a, Buffer.from("late"), -1);
      expect(String(yield* brecv(b, 4, -1))).to.equal("late");
    });
  });

  describe("cancellation", () => {
    it("throws ECANCELED, and the direction goes on", function* () {
      const [a, b] = yield* pair();
      const codes: string[] = [];
      const receiver = go(
        (function* () {
          try {
            yield* brecvSome(b, 9, -1);
          } finally {
            codes.push("ended", yield* codeOf(brecvSome(b, 9, -1)));
          }
        })(),
      );
      hclose(receiver);
      expect(codes).to.deep.equal(["ended", "ECANCELED"]);
      yield* bsend(a, Buffer.from("late"), -1);
      expect(String(yield* brecvSome(b, 9, -1))).to.equal("late");
    });
  });

  describe("errors", () => {
    it("EBADF: the handle is not open, or is closed meanwhile", function* () {
      const [a, b] = yield* pair();
      hclose(a);
      expect(yield* codeOf(brecvSome(a, 1, -1))).to.equal("EBADF");
      const [, d] = yield* pair();
      const codes: string[] = [];
      const receiver = go(
        (function* () {
          codes.push(yield* codeOf(brecvSome(d, 1, -1)));
        })(),
      );
      hclose(d);
      yield* msleep(now() + 1);
      expect(codes).to.deep.equal(["EBADF"]);
      hclose(receiver);
      hclose(b);
    });

    it("EBUSY: another coroutine receives, and goes on undisturbed", function* () {
      const [a, b] = yield* pair();
      let received = "";
      const receiver = go(
        (function* () {
          received = String(yield* brecv(b, 2, -1));
          yield* bsend(b, Buffer.from("!"), -1);
        })(),
      );
      expect(yield* codeOf(brecvSome(b, 1, -1))).to.equal("EBUSY");
      yield* bsend(a, Buffer.from("ab"), -1);
      yield* brecv(a, 1, -1);
      expect(received).to.equal("ab");
      hclose(receiver);
    });

    it("ECONNRESET: an earlier receive was cut short in the middle", function* () {
      const [a, b] = yield* pair();
      yield* bsend(a, Buffer.from("x"), -1);
      expect(yield* codeOf(brecv(b, 2, 0))).to.equal("ETIMEDOUT");
      expect(yield* codeOf(brecvSome(b, 1, -1))).to.equal("ECONNRESET");
    });

    it("EINVAL: no number of bytes, or no deadline, which breaks nothing", function* () {
      const [a, b] = yield* pair();
      yield* bsend(a, Buffer.from("a"), -1);
      for (const most of [0, -1, 1.5, NaN, Infinity, "9" as unknown as number]) {
        const error = yield* failureOf(brecvSome(b, most, -1));
        expect(error).to.include({ code: "EINVAL", syscall: "brecv_some" });
      }
      expect(yield* codeOf(brecvSome(b, Buffer.alloc(0), -1))).to.equal("EINVAL");
      expect(yield* codeOf(brecvSome(b, 1, NaN))).to.equal("EINVAL");
      expect(String(yield* brecvSome(b, 1, -1))).to.equal("a");
    });

    it("ENOTSUP: no bytestream, or one that gives its bytes only all at once", function* () {
      const other = hmake({ query: () => undefined, close() {} });
      expect(yield* codeOf(brecvSome(other as never, 1, -1))).to.equal("ENOTSUP");
      const strict = hmake({
        query: (type) => (type === bytestreamType ? { send: never, receive: never } : undefined),
        close() {},
      });
      const error = yield* failureOf(brecvSome(strict as unknown as Bytestream, 1, -1));
      expect(error.message).to.contain("use brecv");
      for (const h of [other, strict]) hclose(h);
    });
  });
});

function never(): Operation<void> {
  throw new Error("it was not to be called");
}
