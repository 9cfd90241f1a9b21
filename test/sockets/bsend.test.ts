import { expect } from "chai";
import {
  brecv,
  bsend,
  bsendl,
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

type Sender = (s: Bytestream, bytes: Uint8Array, deadline: number) => Operation<void>;

const senders: Readonly<Record<string, Sender>> = {
  bsend,
  bsendl: (s, bytes, deadline) => bsendl(s, [bytes], deadline),
};
const tooMuch = Buffer.alloc(4_000_000);

describe("bsendl", () => {
  it("sends the buffers one after the other", function* () {
    const [a, b] = yield* ipcPair();
    yield* bsendl(
      a,
      [Buffer.from("AB"), Buffer.alloc(0), new Uint8Array([67]), Buffer.from("DEF")],
      -1,
    );
    expect((yield* brecv(b, 6, -1)).toString()).to.equal("ABCDEF");
    hclose(a);
    hclose(b);
  });

  it("takes an empty list", function* () {
    const [a, b] = yield* ipcPair();
    yield* bsendl(a, [], -1);
    hclose(a);
    hclose(b);
  });
});

for (const [name, send] of Object.entries(senders)) {
  describe(name, () => {
    it("sends what does not fit the kernel's buffer as the peer makes room", function* () {
      const [a, b] = yield* ipcPair();
      const bytes = Buffer.from(Array.from({ length: 1_000_003 }, (_, i) => i % 251));
      const sending = go(
        (function* (): Coroutine<string> {
          yield* send(a, bytes, -1);
          return "sent";
        })(),
      );
      expect((yield* brecv(b, bytes.length, -1)).equals(bytes)).to.equal(true);
      expect(yield* join(sending, -1)).to.equal("sent");
      for (const h of [sending, a, b]) hclose(h);
    });

    describe("deadline", () => {
      it("is ETIMEDOUT when the peer does not read, never early; then ECONNRESET", function* () {
        const [a, b] = yield* ipcPair();
        const deadline = now() + 20;
        expect(yield* codeOf(send(a, tooMuch, deadline))).to.equal("ETIMEDOUT");
        expect(now()).to.be.at.least(deadline);
        expect(yield* codeOf(send(a, Buffer.from("x"), -1))).to.equal("ECONNRESET");
        hclose(a);
        hclose(b);
      });

      it("0 lets through what needs no wait", function* () {
        const [a, b] = yield* ipcPair();
        yield* send(a, Buffer.from("x"), 0);
        yield* send(a, Buffer.from("y"), 1);
        expect((yield* brecv(b, 2, -1)).toString()).to.equal("xy");
        expect(yield* codeOf(send(a, tooMuch, 0))).to.equal("ETIMEDOUT");
        hclose(a);
        hclose(b);
      });
    });

    describe("cancellation", () => {
      it("is ECANCELED, then ECONNRESET, and receiving goes on", function* () {
        const [a, b] = yield* ipcPair();
        const codes: string[] = [];
        const h = go(
          (function* (): Coroutine {
            codes.push(yield* codeOf(send(a, tooMuch, -1)), yield* codeOf(send(a, tooMuch, -1)));
          })(),
        );
        hclose(h);
        expect(codes).to.deep.equal(["ECANCELED", "ECONNRESET"]);
        yield* bsend(b, Buffer.from("x"), -1);
        expect((yield* brecv(a, 1, -1)).toString()).to.equal("x");
        hclose(a);
        hclose(b);
      });
    });

    describe("errors", () => {
      it("EBADF: no such handle, or closed meanwhile", function* () {
        const [a, b] = yield* ipcPair();
        const sending = go(
          (function* (): Coroutine<string> {
            return yield* codeOf(send(a, tooMuch, -1));
          })(),
        );
        hclose(a);
        expect(yield* join(sending, -1)).to.equal("EBADF");
        expect(yield* codeOf(send(a, Buffer.from("x"), -1))).to.equal("EBADF");
        hclose(sending);
        hclose(b);
      });

      it("EBUSY: another coroutine is sending, and is not disturbed", function* () {
        const [a, b] = yield* ipcPair();
        const sending = go(send1(send, a));
        expect(yield* codeOf(send(a, Buffer.from("x"), -1))).to.equal("EBUSY");
        yield* brecv(b, tooMuch.length, -1);
        yield* join(sending, -1);
        for (const h of [sending, a, b]) hclose(h);
      });

      it("ECONNRESET: the peer is gone", function* () {
        const [a, b] = yield* ipcPair();
        hclose(b);
        expect(yield* codeOf(send(a, Buffer.from("x"), -1))).to.equal("ECONNRESET");
        expect(yield* codeOf(send(a, Buffer.from("x"), -1))).to.equal("ECONNRESET");
        hclose(a);
      });

      it("EPIPE: this end is done", function* () {
        const [a, b] = yield* ipcPair();
        yield* ipcDone(a, -1);
        expect(yield* codeOf(send(a, Buffer.from("x"), -1))).to.equal("EPIPE");
        expect(yield* codeOf(send(a, Buffer.alloc(0), -1))).to.equal("EPIPE");
        hclose(a);
        hclose(b);
      });

      it("EINVAL: text, no bytes at all, no deadline; the direction stays whole", function* () {
        const [a, b] = yield* ipcPair();
        for (const wrong of ["text", undefined, 5, [1]] as never[]) {
          expect(yield* codeOf(send(a, wrong, -1))).to.equal("EINVAL");
        }
        expect(yield* codeOf(send(a, Buffer.from("x"), Number.NaN))).to.equal("EINVAL");
        expect(yield* codeOf(bsendl(a, Buffer.from("x") as never, -1))).to.equal("EINVAL");
        yield* send(a, Buffer.from("x"), -1);
        hclose(a);
        hclose(b);
      });

      it("ENOTSUP: a handle that carries no bytes", function* () {
        const [a, b] = chmake();
        expect(yield* codeOf(send(a as never, Buffer.from("x"), -1))).to.equal("ENOTSUP");
        hclose(a);
        hclose(b);
      });
    });
  });
}

function* send1(send: Sender, s: Bytestream): Coroutine {
  yield* send(s, tooMuch, -1);
}
