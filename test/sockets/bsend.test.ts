import { Socket } from "node:net";
import { expect } from "chai";
import { run as runEffection, spawn } from "effection";
import {
  brecv,
  bsend,
  bsendl,
  bundle,
  bundleWait,
  type Bytestream,
  type Coroutine,
  go,
  hclose,
  isErrno,
  join,
  msleep,
  now,
  type Operation,
  yieldNow,
} from "libdill-ts";
import { overBytestreams, sendUntilItFails } from "../support/carriers.js";
import { codeOf, failureOf } from "../support/failure.js";
import { it as itOnNode, itBoth as it } from "../support/it.js";

/** More than the kernel takes for a peer that does not read. */
const flood = Buffer.alloc(16_000_000, "flood ");

function* sendList(s: Bytestream, list: readonly Uint8Array[]): Coroutine {
  yield* bsendl(s, list, -1);
}

function* readOn(s: Bytestream): Coroutine {
  for (;;) yield* brecv(s, 1000, -1);
}

overBytestreams("bsend", ({ pair, done, close, isEncrypted }) => {
  it("sends bytes in order", function* () {
    const [a, b] = yield* pair();
    yield* bsend(a, Buffer.from("abc"), -1);
    yield* bsend(a, Uint8Array.of(100, 101), -1);
    expect(String(yield* brecv(b, 5, -1))).to.equal("abcde");
  });

  it("waits until the kernel has all of it", function* () {
    const [a, b] = yield* pair();
    let isSent = false;
    const sender = go(
      (function* () {
        yield* bsend(a, flood, -1);
        isSent = true;
      })(),
    );
    yield* msleep(now() + 5);
    expect(isSent).to.equal(false);
    expect(yield* brecv(b, flood.length, -1)).to.deep.equal(flood);
    while (!isSent) yield* msleep(now() + 1);
    hclose(sender);
  });

  it("sends no bytes without waiting", function* () {
    const [a, b] = yield* pair();
    yield* bsend(a, Buffer.alloc(0), 0);
    yield* bsend(a, Buffer.from("x"), -1);
    expect(String(yield* brecv(b, 1, -1))).to.equal("x");
  });

  it("sends the part of a buffer that a view shows", function* () {
    const [a, b] = yield* pair();
    yield* bsend(a, Buffer.from("abcdef").subarray(2, 4), -1);
    yield* bsend(a, new Uint8Array(Buffer.from("ghijkl")).subarray(1, 3), -1);
    expect(String(yield* brecv(b, 4, -1))).to.equal("cdhi");
  });

  it("does nothing before the yield*, and sends once more each time it is run", function* () {
    const [a, b] = yield* pair();
    const operation = bsend(a, Buffer.from("x"), -1);
    yield* bsend(a, Buffer.from("first"), -1);
    yield* operation;
    yield* operation;
    expect(String(yield* brecv(b, 7, -1))).to.equal("firstxx");
  });

  it("has given the bytes to the kernel when it returns: closing right after it loses none", function* () {
    const [a, b] = yield* pair();
    yield* bsend(a, Buffer.alloc(50_000, "x"), 0);
    hclose(a);
    expect(yield* brecv(b, 50_000, -1)).to.deep.equal(Buffer.alloc(50_000, "x"));
  });

  itOnNode("carries thousands of small messages", function* () {
    const [a, b] = yield* pair();
    const count = 20_000;
    const sender = go(
      (function* () {
        for (let i = 0; i < count; i++) yield* bsend(a, numbered(i), -1);
        hclose(a);
      })(),
    );
    for (let i = 0; i < count; i++) {
      expect((yield* brecv(b, 4, -1)).readUInt32BE()).to.equal(i);
    }
    expect(yield* codeOf(brecv(b, 1, -1))).to.equal("EPIPE");
    hclose(sender);
  });

  it("works in an Effection program, where a halt breaks the direction", async () => {
    await runEffection(function* () {
      const [a, b] = yield* pair();
      const task = yield* spawn(() => bsend(a, flood, -1));
      yield* msleep(now() + 2);
      yield* task.halt();
      let code: unknown;
      try {
        yield* bsend(a, Buffer.from("x"), -1);
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

  describe("deadline", () => {
    it("0 or past sends what fits the kernel's buffer", function* () {
      const [a, b] = yield* pair();
      yield* bsend(a, Buffer.from("abc"), 0);
      yield* bsend(a, Buffer.from("def"), now() - 1000);
      expect(String(yield* brecv(b, 6, -1))).to.equal("abcdef");
    });

    it("0 is ETIMEDOUT if not all fits, and breaks the direction", function* () {
      const [a, b] = yield* pair();
      expect(yield* codeOf(bsend(a, flood, 0))).to.equal("ETIMEDOUT");
      expect(yield* codeOf(bsend(a, Buffer.from("x"), -1))).to.equal("ECONNRESET");
      expect(yield* codeOf(done(a, -1))).to.equal("ECONNRESET");
      yield* bsend(b, Buffer.from("y"), -1);
      expect(String(yield* brecv(a, 1, -1))).to.equal("y");
    });

    it("gives ETIMEDOUT when it hits, never early", function* () {
      const [a] = yield* pair();
      const deadline = now() + 30;
      const error = yield* failureOf(bsend(a, flood, deadline));
      expect(error).to.include({ code: "ETIMEDOUT", syscall: "bsend" });
      expect(now()).to.be.at.least(deadline);
      expect(yield* codeOf(bsend(a, Buffer.alloc(0), -1))).to.equal("ECONNRESET");
    });

    it("is EINVAL if it is no point in time, and breaks nothing", function* () {
      const [a, b] = yield* pair();
      for (const deadline of [NaN, -2, -Infinity]) {
        expect(yield* codeOf(bsend(a, Buffer.from("x"), deadline))).to.equal("EINVAL");
        expect(yield* codeOf(bsendl(a, [Buffer.from("x")], deadline))).to.equal("EINVAL");
      }
      yield* bsend(a, Buffer.from("y"), -1);
      expect(String(yield* brecv(b, 1, -1))).to.equal("y");
    });
  });

  describe("cancellation", () => {
    it("throws ECANCELED where it waits, and breaks only this direction", function* () {
      const [a, b] = yield* pair();
      const codes: string[] = [];
      hclose(go(report(codes, bsend(a, flood, -1))));
      expect(codes).to.deep.equal(["ECANCELED"]);
      expect(yield* codeOf(bsend(a, Buffer.from("x"), -1))).to.equal("ECONNRESET");
      yield* bsend(b, Buffer.from("y"), -1);
      expect(String(yield* brecv(a, 1, -1))).to.equal("y");
    });

    it("lets the farewell of a canceled coroutine reach the peer", function* () {
      const [a, b] = yield* pair();
      hclose(
        go(
          (function* () {
            try {
              yield* brecv(a, 1, -1);
            } finally {
              yield* bsend(a, Buffer.from("bye"), -1);
              hclose(a);
            }
          })(),
        ),
      );
      expect(String(yield* brecv(b, 3, -1))).to.equal("bye");
      expect(yield* codeOf(brecv(b, 1, -1))).to.equal("EPIPE");
    });

    it("is ECANCELED for a farewell that would have to wait", function* () {
      const [a] = yield* pair();
      const codes: string[] = [];
      hclose(
        go(
          (function* () {
            try {
              yield* msleep(-1);
            } finally {
              yield* report(codes, bsend(a, flood, -1));
              yield* report(codes, bsend(a, Buffer.from("bye"), -1));
            }
          })(),
        ),
      );
      expect(codes).to.deep.equal(["ECANCELED", "ECONNRESET"]);
    });

    if (!isEncrypted) {
      it("comes after a result that the coroutine has got already", function* () {
        const [a] = yield* pair();
        const codes: string[] = [];
        const sender = go(
          (function* () {
            yield* report(codes, bsend(a, flood, -1));
            yield* report(codes, msleep(-1));
          })(),
        );
        yield* done(a, -1);
        hclose(sender);
        expect(codes).to.deep.equal(["ECONNRESET", "ECANCELED"]);
      });
    }
  });

  describe("errors", () => {
    it("EBADF: the handle is not open, or never was one", function* () {
      const [a] = yield* pair();
      hclose(a);
      for (const s of [a, 999_999, -1, NaN, "5", undefined]) {
        expect(yield* codeOf(bsend(s as Bytestream, flood, -1))).to.equal("EBADF");
        expect(yield* codeOf(bsendl(s as Bytestream, [flood], -1))).to.equal("EBADF");
      }
    });

    it("EBADF: the handle is closed while a coroutine waits on it", function* () {
      const [a] = yield* pair();
      const codes: string[] = [];
      const sender = go(report(codes, bsend(a, flood, -1)));
      const receiver = go(report(codes, brecv(a, 1, -1)));
      hclose(a);
      yield* yieldNow();
      expect(codes).to.deep.equal(["EBADF", "EBADF"]);
      hclose(sender);
      hclose(receiver);
    });

    it("ENOTSUP: the handle is not a bytestream", function* () {
      const s = bundle() as unknown as Bytestream;
      expect(yield* codeOf(bsend(s, flood, -1))).to.equal("ENOTSUP");
      expect(yield* codeOf(bsendl(s, [flood], -1))).to.equal("ENOTSUP");
    });

    it("EBUSY: another coroutine sends, and goes on undisturbed", function* () {
      const [a, b] = yield* pair();
      let isSent = false;
      const sender = go(
        (function* () {
          yield* bsend(a, flood, -1);
          isSent = true;
        })(),
      );
      expect(yield* codeOf(bsend(a, Buffer.from("x"), -1))).to.equal("EBUSY");
      expect(yield* codeOf(bsendl(a, [], 0))).to.equal("EBUSY");
      yield* bsend(b, Buffer.from("y"), -1);
      expect(String(yield* brecv(a, 1, -1))).to.equal("y");
      expect(yield* brecv(b, flood.length, -1)).to.deep.equal(flood);
      while (!isSent) yield* msleep(now() + 1);
      yield* bsend(a, Buffer.from("z"), -1);
      expect(String(yield* brecv(b, 1, -1))).to.equal("z");
      hclose(sender);
    });

    it("EPIPE: this end has said that it is done", function* () {
      const [a, b] = yield* pair();
      yield* done(a, -1);
      for (let i = 0; i < 2; i++) {
        const error = yield* failureOf(bsend(a, Buffer.from("x"), -1));
        expect(error).to.include({ code: "EPIPE", syscall: "bsend" });
        expect(yield* codeOf(bsendl(a, [], 0))).to.equal("EPIPE");
      }
      yield* bsend(b, Buffer.from("y"), -1);
      expect(String(yield* brecv(a, 1, -1))).to.equal("y");
    });

    it("ECONNRESET: the peer is gone; EPIPE it never is", function* () {
      const [a, b] = yield* pair();
      hclose(b);
      expect(yield* sendUntilItFails(a)).to.equal("ECONNRESET");
      for (let i = 0; i < 3; i++) {
        expect(yield* codeOf(bsend(a, Buffer.from("x"), -1))).to.equal("ECONNRESET");
      }
    });

    it("ECONNRESET: the peer goes while a coroutine waits", function* () {
      const [a, b] = yield* pair();
      const codes: string[] = [];
      const sender = go(report(codes, bsend(a, flood, -1)));
      hclose(b);
      while (codes.length === 0) yield* msleep(now() + 1);
      expect(codes).to.deep.equal(["ECONNRESET"]);
      hclose(sender);
    });

    it("ECONNRESET leaves what the peer had sent before it went to be received", function* () {
      const [a, b] = yield* pair();
      yield* bsend(b, Buffer.from("last words"), -1);
      hclose(b);
      expect(yield* sendUntilItFails(a)).to.equal("ECONNRESET");
      expect(String(yield* brecv(a, 10, -1))).to.equal("last words");
      expect(yield* codeOf(brecv(a, 1, -1))).to.equal("EPIPE");
    });

    it("EINVAL: these are no bytes, which breaks nothing", function* () {
      const [a, b] = yield* pair();
      for (const bytes of ["text", 5, null, undefined, [1], new ArrayBuffer(1)]) {
        const error = yield* failureOf(bsend(a, bytes as unknown as Uint8Array, -1));
        expect(error).to.include({ code: "EINVAL", syscall: "bsend" });
      }
      const error = yield* failureOf(bsend(a, "text" as unknown as Uint8Array, -1));
      expect(error.message).to.contain("Buffer.from");
      yield* bsend(a, Buffer.from("y"), -1);
      expect(String(yield* brecv(b, 1, -1))).to.equal("y");
    });
  });

  describe("leaves nothing behind", () => {
    it("after a deadline or a cancellation, however much was unsent", function* () {
      for (let i = 0; i < 5; i++) {
        const [a, b] = yield* pair();
        yield* failureOf(bsend(a, flood, now() + 1));
        hclose(a);
        const [c, d] = yield* pair();
        hclose(go(report([], bsend(c, flood, -1))));
        expect(yield* codeOf(close(c, -1))).to.equal("ECONNRESET");
        hclose(b);
        hclose(d);
      }
    });
  });
});

overBytestreams("bsendl", ({ pair, done, isEncrypted }) => {
  it("sends the list as it was when it began, whatever becomes of it meanwhile", function* () {
    const [a, b] = yield* pair();
    const list = [Buffer.alloc(400_000, "a"), Buffer.from("b")];
    const sending = go(sendList(a, list));
    list.pop();
    list.push(Buffer.from("c"), Buffer.from("d"));
    const got = yield* brecv(b, 400_001, -1);
    yield* join(sending, -1);
    expect(String(got.subarray(-2))).to.equal("ab");
    expect(yield* codeOf(brecv(b, 1, 0))).to.equal("ETIMEDOUT");
  });

  it("is EINVAL, and breaks this direction, if a buffer's memory is given away meanwhile", function* () {
    const [a, b] = yield* pair();
    const bytes = new Uint8Array(8_000_000);
    const sending = go(sendList(a, [bytes]));
    const taken = structuredClone(bytes.buffer, { transfer: [bytes.buffer] });
    const reading = go(readOn(b));
    expect(yield* codeOf(join(sending, -1))).to.equal("EINVAL");
    expect(yield* codeOf(bsend(a, Buffer.from("x"), -1))).to.equal("ECONNRESET");
    yield* bsend(b, Buffer.from("y"), -1);
    expect(String(yield* brecv(a, 1, -1))).to.equal("y");
    expect(taken.byteLength).to.equal(8_000_000);
    hclose(reading);
  });

  it("sends the buffers one after the other", function* () {
    const [a, b] = yield* pair();
    yield* bsendl(a, ["ab", "", "c", "def"].map(bytesOf), -1);
    yield* bsendl(a, [], -1);
    expect(String(yield* brecv(b, 6, -1))).to.equal("abcdef");
  });

  it("sends the same buffer twice if it stands there twice", function* () {
    const [a, b] = yield* pair();
    const echo = Buffer.from("echo");
    yield* bsendl(a, [echo, echo], -1);
    expect(String(yield* brecv(b, 8, -1))).to.equal("echoecho");
  });

  it("sends more buffers than the kernel takes at a time", function* () {
    const [a, b] = yield* pair();
    const list = Array.from({ length: 5000 }, (_, i) => numbered(i));
    const big = [...list, flood, ...list];
    const sender = go(
      (function* () {
        yield* bsendl(a, big, -1);
      })(),
    );
    expect(yield* brecv(b, flood.length + 40_000, -1)).to.deep.equal(Buffer.concat(big));
    hclose(sender);
  });

  it("sends buffers of all sizes around those of a write, whole and in order", function* () {
    const [a, b] = yield* pair();
    const sizes = [65_535, 1, 1, 65_536, 0, 3, 65_533, 65_537, 131_072, 7, 200_000, 1];
    const list = sizes.map((size, i) => Buffer.alloc(size, i + 1));
    const sender = go(
      (function* () {
        yield* bsendl(a, list, -1);
      })(),
    );
    const whole = Buffer.concat(list);
    expect((yield* brecv(b, whole.length, -1)).equals(whole)).to.equal(true);
    yield* bundleWait(sender, -1);
    hclose(sender);
  });

  if (!isEncrypted) {
    itOnNode(
      "is one write for each 64 KiB of the list, however many buffers it has; bsend is one for each call",
      function* () {
        const [a, b] = yield* pair();
        const writes = countWrites();
        try {
          const small = Array.from({ length: 1000 }, (_, i) => Buffer.alloc(10, i));
          yield* bsendl(a, small, 0);
          expect(writes.count()).to.equal(1);
          expect((yield* brecv(b, 10_000, -1)).equals(Buffer.concat(small))).to.equal(true);
          yield* bsendl(a, new Array<Buffer>(1000).fill(Buffer.alloc(100)), 0);
          expect(writes.count()).to.equal(1 + 2);
          yield* bsendl(a, [Buffer.alloc(0), Buffer.alloc(0)], 0);
          expect(writes.count()).to.equal(1 + 2);
          for (let i = 0; i < 10; i++) yield* bsend(a, Buffer.from("x"), 0);
          expect(writes.count()).to.equal(1 + 2 + 10);
        } finally {
          writes.stop();
        }
      },
    );
  }

  it("needs no wait for a list that fits the kernel's buffer, where as many sends would", function* () {
    const [a] = yield* pair();
    // The kernel counts some hundred bytes of its own for each write.
    yield* bsendl(a, new Array<Buffer>(10_000).fill(bytesOf("x")), 0);
  });

  describe("deadline", () => {
    it("breaks the direction when it hits", function* () {
      const [a] = yield* pair();
      expect(yield* codeOf(bsendl(a, [flood, flood], now() + 3))).to.equal("ETIMEDOUT");
      expect(yield* codeOf(bsendl(a, [], -1))).to.equal("ECONNRESET");
    });
  });

  describe("cancellation", () => {
    it("throws ECANCELED, unless all could be sent without waiting", function* () {
      const [a, b] = yield* pair();
      const codes: string[] = [];
      hclose(
        go(
          (function* () {
            try {
              yield* bsendl(a, [], -1);
              yield* msleep(-1);
            } finally {
              yield* bsendl(a, [bytesOf("by"), bytesOf("e")], -1);
              yield* report(codes, bsendl(a, [flood], -1));
            }
          })(),
        ),
      );
      expect(codes).to.deep.equal(["ECANCELED"]);
      expect(String(yield* brecv(b, 3, -1))).to.equal("bye");
    });
  });

  describe("errors", () => {
    it("EINVAL: something else in the list, of which nothing is sent", function* () {
      const [a, b] = yield* pair();
      const wrong: unknown[] = [null, undefined, "x", flood, { length: 1 }];
      for (const item of [null, "x", 5, {}, { skip: 1 }, undefined]) {
        wrong.push([Buffer.from("never sent"), item]);
      }
      for (const list of wrong) {
        const error = yield* failureOf(bsendl(a, list as Uint8Array[], -1));
        expect(error).to.include({ code: "EINVAL", syscall: "bsendl" });
      }
      yield* bsendl(a, [bytesOf("y")], -1);
      expect(String(yield* brecv(b, 1, -1))).to.equal("y");
    });

    it("name the function that was called", function* () {
      const [a, b] = yield* pair();
      yield* done(a, -1);
      expect(yield* failureOf(bsendl(a, [], -1))).to.include({ code: "EPIPE", syscall: "bsendl" });
      hclose(a);
      try {
        yield* bsendl(b, [flood], -1);
      } catch (error) {
        expect(isErrno(error, "ECONNRESET") && error.syscall).to.equal("bsendl");
      }
    });
  });

  describe("leaves nothing behind", () => {
    it("after it has failed between two buffers", function* () {
      const [a, b] = yield* pair();
      yield* failureOf(bsendl(a, [bytesOf("x"), flood, flood], 0));
      hclose(a);
      expect(String(yield* brecv(b, 1, -1))).to.equal("x");
    });
  });
});

function* report(codes: string[], operation: Operation<unknown>): Coroutine {
  codes.push(yield* codeOf(operation));
}

function bytesOf(text: string): Buffer {
  return Buffer.from(text);
}

function numbered(i: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(i);
  return bytes;
}

/** Counts what Node is told to write, each of which it hands to the kernel at once if there is room. */
function countWrites(): { count(): number; stop(): void } {
  const { _write, _writev } = Socket.prototype;
  let count = 0;
  Object.assign(Socket.prototype, {
    _write(this: Socket, ...args: Parameters<typeof _write>) {
      count += 1;
      _write.apply(this, args);
    },
    _writev(this: Socket, ...args: Parameters<NonNullable<typeof _writev>>) {
      count += 1;
      _writev?.apply(this, args);
    },
  });
  return {
    count: () => count,
    stop() {
      Object.assign(Socket.prototype, { _write, _writev });
    },
  };
}
