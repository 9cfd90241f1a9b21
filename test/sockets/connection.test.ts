import { createHash } from "node:crypto";
import { expect } from "chai";
import {
  brecv,
  brecvl,
  bsend,
  bsendl,
  bundle,
  bundleGo,
  bundleWait,
  type Bytestream,
  type Coroutine,
  go,
  type Handle,
  hclose,
  hmake,
  hquery,
  isErrno,
  msleep,
  now,
  type Operation,
  run,
  withDeadline,
} from "libdill-ts";
import { overCarriers, sendUntilItFails, startPythonAt } from "../support/carriers.js";
import { codeOf, codeOrNone } from "../support/failure.js";
import { holdUpTheProcess } from "../support/holdUp.js";
import { it } from "../support/it.js";
import { type OtherProcess, stopProcesses } from "../support/process.js";
import { until } from "../support/until.js";

const flood = Buffer.alloc(16_000_000, "flood ");

overCarriers("a connection", (carrier) => {
  const { pair, accept, done, close } = carrier;
  afterEach(stopProcesses);

  /** Starts a Python program that connects to us as \`s\`. */
  function* connectTo(program: string): Coroutine<{ s: Bytestream; peer: OtherProcess }> {
    const { ls, where } = yield* carrier.listen(1);
    const peer = startPythonAt(where, program);
    const s = yield* accept(ls, now() + 4000);
    hclose(ls);
    return { s, peer };
  }

  describe("between coroutines", () => {
    it("exchanges messages until both have closed", function* () {
      const [a, b] = yield* pair();
      const other = go(
        (function* () {
          expect(String(yield* brecv(b, 3, -1))).to.equal("ABC");
          yield* bsend(b, Buffer.from("DEF"), -1);
          yield* close(b, -1);
        })(),
      );
      yield* bsend(a, Buffer.from("ABC"), -1);
      expect(String(yield* brecv(a, 3, -1))).to.equal("DEF");
      expect(yield* codeOf(brecv(a, 1, -1))).to.equal("EPIPE");
      yield* close(a, -1);
      yield* bundleWait(other, -1);
      hclose(other);
    });

    it("is closed by hand in four steps", function* () {
      const { ls, connect } = yield* carrier.listen();
      const other = go(
        (function* () {
          const s = yield* connect(-1);
          expect(String(yield* brecv(s, 3, -1))).to.equal("ABC");
          expect(yield* codeOf(brecv(s, 1, -1))).to.equal("EPIPE");
          yield* bsend(s, Buffer.from("DEF"), -1);
          yield* close(s, -1);
        })(),
      );
      const s = yield* accept(ls, -1);
      yield* bsend(s, Buffer.from("ABC"), -1);
      yield* done(s, -1);
      expect(String(yield* brecv(s, 3, -1))).to.equal("DEF");
      expect(yield* codeOf(brecv(s, 1, -1))).to.equal("EPIPE");
      hclose(s);
      yield* bundleWait(other, -1);
      hclose(other);
    });

    it("times out on a silent client, and cancels its sleep", function* () {
      const { ls, connect } = yield* carrier.listen();
      const codes: string[] = [];
      const silent = go(
        (function* () {
          yield* connect(-1);
          codes.push(yield* codeOf(msleep(-1)));
        })(),
      );
      const s = yield* accept(ls, -1);
      const deadline = now() + 30;
      codes.push(yield* codeOf(brecv(s, 1, deadline)));
      expect(now()).to.be.at.least(deadline);
      codes.push(yield* codeOf(brecv(s, 1, deadline)));
      hclose(silent);
      // No byte had come: the direction is whole, and the second receive waits as the first one did.
      expect(codes).to.deep.equal(["ETIMEDOUT", "ETIMEDOUT", "ECANCELED"]);
    });

    it("cancels a close that waits for a peer who does not end", function* () {
      const [a, b] = yield* pair();
      const codes: string[] = [];
      const other = go(report(codes, close(b, -1)));
      expect(yield* codeOf(brecv(a, 1, -1))).to.equal("EPIPE");
      hclose(other);
      expect(codes).to.deep.equal(["ECANCELED"]);
      yield* close(a, -1);
    });

    it("carries 64 MB each way at once, intact", async function () {
      this.timeout(20_000);
      await run(
        (function* () {
          const [a, b] = yield* pair();
          const digests: string[] = [];
          const all = bundle();
          const block = Buffer.alloc(1 << 20);
          for (let i = 0; i < block.length; i++) block[i] = (i * 31) % 253;
          bundleGo(all, send(a));
          bundleGo(all, send(b));
          bundleGo(all, receive(a, 65_536));
          bundleGo(all, receive(b, 1 << 20));
          yield* bundleWait(all, -1);
          const expected = createHash("md5");
          for (let i = 0; i < 64; i++) expected.update(block);
          const digest = expected.digest("hex");
          expect(digests).to.deep.equal([digest, digest]);
          hclose(all);

          function* send(s: Bytestream): Coroutine {
            for (let i = 0; i < 64; i++) yield* bsend(s, block, -1);
          }
          function* receive(s: Bytestream, size: number): Coroutine {
            const hash = createHash("md5");
            const buffer = Buffer.alloc(size);
            for (let i = 0; i < (64 << 20) / size; i++) hash.update(yield* brecv(s, buffer, -1));
            digests.push(hash.digest("hex"));
          }
        })(),
      );
    });

    it("has its two directions fail apart", function* () {
      const [a, b] = yield* pair();
      yield* codeOf(brecv(a, 1, 0));
      yield* bsend(a, Buffer.from("x"), -1);
      expect(String(yield* brecv(b, 1, -1))).to.equal("x");
      yield* codeOf(bsend(b, flood, 0));
      expect(yield* codeOf(bsend(b, flood, -1))).to.equal("ECONNRESET");
      yield* bsend(a, Buffer.from("y"), -1);
      expect(String(yield* brecv(b, 1, -1))).to.equal("y");
    });

    it("is broken in the direction in which withDeadline cut something short", function* () {
      const [a, b] = yield* pair();
      yield* bsend(b, Buffer.from("x"), -1);
      const code = yield* codeOf(
        withDeadline(now() + 5, function* () {
          yield* brecv(a, 2, -1);
        }),
      );
      expect(code).to.equal("ETIMEDOUT");
      expect(yield* codeOf(brecv(a, 1, -1))).to.equal("ECONNRESET");
      yield* bsend(a, Buffer.from("x"), -1);
      expect(String(yield* brecv(b, 1, -1))).to.equal("x");
    });

    it("is broken from the moment in which a send fails, before its coroutine has its turn", function* () {
      const [a, b] = yield* pair();
      const codes: string[] = [];
      const first = go(report(codes, bsend(a, flood, -1)));
      hclose(b);
      yield* holdUpTheProcess();
      expect(yield* codeOf(bsend(a, Buffer.from("x"), now() + 1000))).to.equal("ECONNRESET");
      yield* bundleWait(first, -1);
      expect(codes).to.deep.equal(["ECONNRESET"]);
      hclose(first);
    });

    it("is still open in the operation behind the line that has seen it open", function* () {
      for (const empty of [bsendl, brecvl]) {
        const [a] = yield* pair();
        let isClosed = false;
        const closer = go(
          (function* () {
            yield;
            hclose(a);
            isClosed = true;
          })(),
        );
        const end = now() + 8;
        while (now() < end); // busy on purpose: from now on, an operation may let the others go first
        let late = 0;
        const code = yield* codeOrNone({
          *[Symbol.iterator]() {
            // The operation lets the others go first when it is done, and not before it begins.
            while (late === 0) {
              yield* empty(a, [], -1);
              if (isClosed) late += 1;
            }
          },
        });
        expect([code, late]).to.deep.equal(["none", 1]);
        hclose(closer);
      }
    });

    it("still receives what has come, when the first receive starts right behind a failed send", function* () {
      const [a, b] = yield* pair();
      yield* bsend(b, Buffer.from("last words"), -1);
      hclose(b);
      let text = "";
      const receiver = go(
        (function* () {
          text = String(yield* brecv(a, 10, now() + 1000));
        })(),
      );
      expect(yield* sendUntilItFails(a)).to.equal("ECONNRESET");
      yield* bundleWait(receiver, -1);
      expect(text).to.equal("last words");
      hclose(receiver);
    });

    it("hands out all that has come before it reports that the peer left bytes of ours unread", function* () {
      const [a, b] = yield* pair();
      yield* bsend(b, Buffer.from("x"), -1);
      yield* bsend(a, Buffer.alloc(80_000, "a"), -1);
      yield* brecv(b, 1, -1);
      yield* holdUpTheProcess(); // so much has come that b reads no more
      yield* bsend(a, Buffer.alloc(100, "b"), -1);
      yield* holdUpTheProcess(); // what comes together with the end would hide what end it was
      hclose(a);
      yield* holdUpTheProcess();
      const rest = yield* brecv(b, 80_099, -1);
      expect(rest.at(-1)).to.equal(98);
      expect(yield* codeOf(brecv(b, 1, -1))).to.be.oneOf(["ECONNRESET", "EPIPE"]);
    });

    it("is closed under a sender and a receiver by whoever closes it", function* () {
      const [a] = yield* pair();
      const codes: string[] = [];
      const all = bundle();
      bundleGo(all, report(codes, brecvl(a, [{ skip: 1 }], -1)));
      bundleGo(all, report(codes, bsendl(a, [flood], -1)));
      hclose(a);
      yield* bundleWait(all, -1);
      expect(codes).to.deep.equal(["EBADF", "EBADF"]);
      hclose(all);
    });
  });

  describe("with another process", () => {
    it("gets back from an echo all that it sends", function* () {
      const { s, peer } = yield* connectTo(echo);
      const bytes = Buffer.alloc(3_000_000);
      for (let i = 0; i < bytes.length; i++) bytes[i] = (i * 7) % 251;
      const sender = go(
        (function* () {
          yield* bsend(s, bytes, -1);
          yield* done(s, -1);
        })(),
      );
      expect((yield* brecv(s, bytes.length, -1)).equals(bytes)).to.equal(true);
      yield* close(s, -1);
      yield* until(peer.kill());
      hclose(sender);
    });

    it("hears the peer's half-close, and can still answer", function* () {
      const { s, peer } = yield* connectTo(halfClose);
      expect(String(yield* brecv(s, 8, -1))).to.equal("question");
      expect(yield* codeOf(brecv(s, 1, -1))).to.equal("EPIPE");
      yield* bsend(s, Buffer.from("answer"), -1);
      expect(yield* until(peer.line())).to.equal("answer");
    });

    it("gets EPIPE when the peer is killed in the middle of a message", function* () {
      const { s, peer } = yield* connectTo(halfMessage);
      const codes: string[] = [];
      const receiver = go(report(codes, brecv(s, 100, -1)));
      expect(yield* until(peer.line())).to.equal("half");
      yield* until(peer.kill());
      while (codes.length === 0) yield* msleep(now() + 1);
      expect(codes).to.deep.equal(["EPIPE"]);
      expect(yield* codeOf(brecv(s, 1, -1))).to.equal("EPIPE");
      expect(yield* sendUntilItFails(s)).to.equal("ECONNRESET");
      hclose(receiver);
    });

    it("gets ECONNRESET when the peer is killed while it is sent to", function* () {
      const { s, peer } = yield* connectTo(deaf);
      const codes: string[] = [];
      const sender = go(report(codes, bsend(s, flood, -1)));
      yield* until(peer.kill());
      while (codes.length === 0) yield* msleep(now() + 1);
      expect(codes).to.deep.equal(["ECONNRESET"]);
      hclose(sender);
    });

    it("times out on a peer that never reads, and hoards nothing meanwhile", function* () {
      const { s } = yield* connectTo(deaf);
      const before = process.memoryUsage().rss;
      const huge = Buffer.alloc(64 << 20);
      const deadline = now() + 50;
      expect(yield* codeOf(bsend(s, huge, deadline))).to.equal("ETIMEDOUT");
      expect(now()).to.be.at.least(deadline);
      // The buffer itself is in the measure.
      expect(process.memoryUsage().rss - before - huge.length).to.be.below(24 << 20);
    });

    it("holds back a peer that sends more than anybody receives", function* () {
      const { s, peer } = yield* connectTo(flooder);
      expect(String(yield* brecv(s, 6, -1))).to.equal("flood ");
      yield* msleep(now() + 50);
      peer.say("how much?");
      const sent = Number(yield* until(peer.line()));
      // What the kernel buffers, and what the connection reads ahead.
      expect(sent)
        .to.be.above(6)
        .and.below(8 << 20);
    });

    it("receives many small writes as the bytes that they are", function* () {
      const { s } = yield* connectTo(smallWrites);
      const bytes = yield* brecv(s, 50_000, -1);
      expect(bytes.every((byte, i) => byte === i % 256)).to.equal(true);
      expect(yield* codeOf(brecv(s, 1, -1))).to.equal("EPIPE");
    });
  });

  describe("at the end of the run", () => {
    it("is closed with all that was made in it, newest first", async () => {
      const seen: string[] = [];
      await run(
        (function* () {
          const { ls, connect } = yield* carrier.listen();
          const client = yield* connect(-1);
          hmake({
            query: () => null,
            close() {
              seen.push(stateOf(ls), stateOf(client), stateOf(server));
            },
          });
          const server: Handle = yield* accept(ls, -1);
        })(),
      );
      expect(seen).to.deep.equal(["open", "open", "closed"]);
    });

    it("gives those that use it ECANCELED, and lets their farewell reach the peer", async () => {
      const codes: string[] = [];
      await run(
        (function* () {
          const { s, peer } = yield* connectTo(printAll);
          const b = bundle();
          bundleGo(
            b,
            (function* () {
              try {
                yield* brecv(s, 1, -1);
              } catch (error) {
                if (!isErrno(error)) throw error;
                codes.push(error.code);
                yield* bsend(s, Buffer.from("bye"), -1);
                codes.push(yield* codeOf(brecv(s, 1, -1)));
              }
            })(),
          );
          const rest = until(peer.line());
          bundleGo(b, report(codes, msleep(-1)));
          hclose(b);
          hclose(s);
          expect(yield* rest).to.equal("bye");
        })(),
      );
      expect(codes).to.deep.equal(["ECANCELED", "ECANCELED", "ECANCELED"]);
    });
  });
});

const echo = `
while True:
    data = s.recv(65536)
    if not data: break
    s.sendall(data)
s.shutdown(socket.SHUT_WR)
s.close()
`;

const halfClose = `
s.sendall(b"question")
s.shutdown(socket.SHUT_WR)
print(s.recv(100).decode(), flush=True)
sys.stdin.read()
`;

const halfMessage = `
s.sendall(b"x" * 50)
print("half", flush=True)
sys.stdin.read()
`;

const deaf = `
sys.stdin.read()
`;

const flooder = `
import time
s.setblocking(False)
sent = 0
idle = time.monotonic()
while time.monotonic() - idle < 0.03:
    try:
        sent += s.send(b"flood " * 1000)
        idle = time.monotonic()
    except BlockingIOError:
        time.sleep(0.001)
sys.stdin.readline()
print(sent, flush=True)
sys.stdin.read()
`;

const smallWrites = `
for i in range(50000):
    s.sendall(bytes([i % 256]))
s.close()
`;

const printAll = `
text = b""
while True:
    data = s.recv(100)
    if not data: break
    text += data
print(text.decode(), flush=True)
sys.stdin.read()
`;

function* report(codes: string[], operation: Operation<unknown>): Coroutine {
  codes.push(yield* codeOf(operation));
}

function stateOf(h: Handle): "open" | "closed" {
  try {
    hquery(h, Symbol("nothing"));
  } catch (error) {
    return isErrno(error, "EBADF") ? "closed" : "open";
  }
  return "open";
}
