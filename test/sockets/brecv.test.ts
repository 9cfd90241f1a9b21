import { expect } from "chai";
import {
  brecv,
  brecvl,
  bsend,
  type Bytestream,
  chmake,
  type Coroutine,
  go,
  hclose,
  ipcDone,
  ipcPair,
  join,
  now,
  type Operation,
} from "libdill-ts";
import { codeOf } from "../support/failure.js";
import { it } from "../support/it.js";

type Receiver = (s: Bytestream, length: number, deadline: number) => Operation<Uint8Array>;

const receivers: Readonly<Record<string, Receiver>> = {
  brecv,
  brecvl: (s, length, deadline) => ({
    *[Symbol.iterator]() {
      const [bytes] = yield* brecvl(s, [length], deadline);
      return bytes as Uint8Array;
    },
  }),
};

describe("brecv into a buffer", () => {
  it("fills it and returns it", function* () {
    const [a, b] = yield* ipcPair();
    yield* bsend(a, Buffer.from("ABCDEF"), -1);
    const buffer = Buffer.alloc(4);
    expect(yield* brecv(b, buffer, -1)).to.equal(buffer);
    expect(buffer.toString()).to.equal("ABCD");
    expect([...(yield* brecv(b, new Uint8Array(2), -1))]).to.deep.equal([69, 70]);
    hclose(a);
    hclose(b);
  });
});

describe("brecvl", () => {
  it("fills buffers, makes new ones, and drops what it skips", function* () {
    const [a, b] = yield* ipcPair();
    yield* bsend(a, Buffer.from("ABCDEFGHIJ"), -1);
    const given = Buffer.alloc(3);
    const received = yield* brecvl(b, [given, { skip: 3 }, 2, { skip: 0 }, 0], -1);
    expect(received.map(String)).to.deep.equal(["ABC", "GH", ""]);
    expect(received[0]).to.equal(given);
    yield* brecvl(b, [{ skip: 2 }], -1);
    yield* brecvl(b, [], -1);
    hclose(a);
    hclose(b);
  });

  it("does not mistake the end of the stream for something to skip: EPIPE", function* () {
    const [a, b] = yield* ipcPair();
    yield* bsend(a, Buffer.from("AB"), -1);
    yield* ipcDone(a, -1);
    expect(yield* codeOf(brecvl(b, [{ skip: 3 }], -1))).to.equal("EPIPE");
    hclose(a);
    hclose(b);
  });

  it("EINVAL: what is no list, or holds what can't be filled or skipped", function* () {
    const [a, b] = yield* ipcPair();
    const wrong = [undefined, 5, ["x"], [null], [{ skip: -1 }], [{ skip: 0.5 }], [Number.NaN]];
    for (const list of wrong as never[]) {
      expect(yield* codeOf(brecvl(b, list, -1))).to.equal("EINVAL");
    }
    yield* bsend(a, Buffer.from("x"), -1);
    expect((yield* brecv(b, 1, -1)).toString()).to.equal("x");
    hclose(a);
    hclose(b);
  });
});

for (const [name, receive] of Object.entries(receivers)) {
  describe(name, () => {
    it("returns exactly so many bytes, however they were sent", function* () {
      const [a, b] = yield* ipcPair();
      yield* bsend(a, Buffer.from("A"), -1);
      yield* bsend(a, Buffer.from("BCDE"), -1);
      expect(String(yield* receive(b, 3, -1))).to.equal("ABC");
      expect(String(yield* receive(b, 0, -1))).to.equal("");
      expect(String(yield* receive(b, 2, -1))).to.equal("DE");
      hclose(a);
      hclose(b);
    });

    describe("deadline", () => {
      it("is ETIMEDOUT, never early; then ECONNRESET, and sending goes on", function* () {
        const [a, b] = yield* ipcPair();
        yield* bsend(a, Buffer.from("AB"), -1);
        const deadline = now() + 20;
        expect(yield* codeOf(receive(b, 3, deadline))).to.equal("ETIMEDOUT");
        expect(now()).to.be.at.least(deadline);
        expect(yield* codeOf(receive(b, 1, -1))).to.equal("ECONNRESET");
        yield* bsend(b, Buffer.from("x"), -1);
        expect(String(yield* receive(a, 1, -1))).to.equal("x");
        hclose(a);
        hclose(b);
      });

      it("0, or one in the past, gives what the kernel has", function* () {
        const [a, b] = yield* ipcPair();
        yield* bsend(a, Buffer.from("AB"), -1);
        expect(String(yield* receive(b, 1, 0))).to.equal("A");
        expect(String(yield* receive(b, 1, 1))).to.equal("B");
        expect(yield* codeOf(receive(b, 1, 0))).to.equal("ETIMEDOUT");
        hclose(a);
        hclose(b);
      });
    });

    describe("cancellation", () => {
      it("is ECANCELED, then ECONNRESET", function* () {
        const [a, b] = yield* ipcPair();
        const codes: string[] = [];
        const h = go(
          (function* (): Coroutine {
            codes.push(yield* codeOf(receive(b, 1, -1)), yield* codeOf(receive(b, 1, -1)));
          })(),
        );
        hclose(h);
        expect(codes).to.deep.equal(["ECANCELED", "ECONNRESET"]);
        hclose(a);
        hclose(b);
      });

      it("comes behind bytes that are there already", function* () {
        const [a, b] = yield* ipcPair();
        yield* bsend(a, Buffer.from("ABC"), -1);
        yield* receive(b, 1, -1);
        let rest = "";
        const h = go(
          (function* (): Coroutine {
            expect(yield* codeOf(receive(a, 1, -1))).to.equal("ECANCELED");
            rest = String(yield* receive(b, 2, -1));
          })(),
        );
        hclose(h);
        expect(rest).to.equal("BC");
        hclose(a);
        hclose(b);
      });
    });

    describe("errors", () => {
      it("EBADF: no such handle, or closed meanwhile", function* () {
        const [a, b] = yield* ipcPair();
        const receiving = go(
          (function* (): Coroutine<string> {
            return yield* codeOf(receive(a, 1, -1));
          })(),
        );
        hclose(a);
        expect(yield* join(receiving, -1)).to.equal("EBADF");
        expect(yield* codeOf(receive(a, 1, -1))).to.equal("EBADF");
        hclose(receiving);
        hclose(b);
      });

      it("EBUSY: another coroutine is receiving, and is not disturbed", function* () {
        const [a, b] = yield* ipcPair();
        const receiving = go(
          (function* (): Coroutine<string> {
            return String(yield* receive(a, 1, -1));
          })(),
        );
        expect(yield* codeOf(receive(a, 1, -1))).to.equal("EBUSY");
        yield* bsend(b, Buffer.from("x"), -1);
        expect(yield* join(receiving, -1)).to.equal("x");
        for (const h of [receiving, a, b]) hclose(h);
      });

      it("EPIPE: the peer is done, also in the middle, and for ever", function* () {
        const [a, b] = yield* ipcPair();
        yield* bsend(a, Buffer.from("AB"), -1);
        yield* ipcDone(a, -1);
        expect(String(yield* receive(b, 0, -1))).to.equal("");
        for (let i = 0; i < 3; i++) expect(yield* codeOf(receive(b, 3, -1))).to.equal("EPIPE");
        expect(yield* codeOf(receive(b, 0, -1))).to.equal("EPIPE");
        hclose(a);
        hclose(b);
      });

      it("ECONNRESET: the peer has closed with bytes of ours unread", function* () {
        const [a, b] = yield* ipcPair();
        yield* bsend(a, Buffer.from("unread"), -1);
        hclose(b);
        for (let i = 0; i < 2; i++) expect(yield* codeOf(receive(a, 1, -1))).to.equal("ECONNRESET");
        hclose(a);
      });

      it("EINVAL: no number of bytes, no deadline; the direction stays whole", function* () {
        const [a, b] = yield* ipcPair();
        for (const wrong of [-1, 0.5, Number.NaN, 2 ** 53, "3", undefined] as never[]) {
          expect(yield* codeOf(receive(b, wrong, -1))).to.equal("EINVAL");
        }
        expect(yield* codeOf(receive(b, 1, -3))).to.equal("EINVAL");
        yield* bsend(a, Buffer.from("x"), -1);
        expect(String(yield* receive(b, 1, -1))).to.equal("x");
        hclose(a);
        hclose(b);
      });

      it("ENOTSUP: a handle that carries no bytes", function* () {
        const [a, b] = chmake();
        expect(yield* codeOf(receive(a as never, 1, -1))).to.equal("ENOTSUP");
        hclose(a);
        hclose(b);
      });
    });
  });
}
