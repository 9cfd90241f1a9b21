// ipcDone and tcpDone.
import { expect } from "chai";
import { run as runEffection } from "effection";
import {
  brecv,
  bsend,
  bundle,
  type Bytestream,
  copyBidirectional,
  type Coroutine,
  type DillError,
  go,
  hclose,
  msleep,
  now,
} from "libdill-ts";
import { overBytestreams, startPythonAt } from "../support/carriers.js";
import { codeOf, failureOf } from "../support/failure.js";
import { it as itOnNode, itBoth as it } from "../support/it.js";
import { stopProcesses } from "../support/process.js";
import { until } from "../support/until.js";

const flood = Buffer.alloc(16_000_000, "flood ");

overBytestreams("done", (carrier) => {
  const { pair, accept, done } = carrier;

  afterEach(stopProcesses);

  it("ends the peer's receives with EPIPE, after all that was sent before", function* () {
    const [a, b] = yield* pair();
    yield* bsend(a, Buffer.from("abc"), -1);
    yield* done(a, -1);
    expect(String(yield* brecv(b, 3, -1))).to.equal("abc");
    expect(yield* codeOf(brecv(b, 1, -1))).to.equal("EPIPE");
  });

  it("leaves the other direction open", function* () {
    const [a, b] = yield* pair();
    yield* done(a, -1);
    expect(yield* codeOf(brecv(b, 1, -1))).to.equal("EPIPE");
    yield* bsend(b, Buffer.from("answer"), -1);
    expect(String(yield* brecv(a, 6, -1))).to.equal("answer");
    yield* done(b, -1);
    expect(yield* codeOf(brecv(a, 1, -1))).to.equal("EPIPE");
  });

  it("wakes a peer that waits", function* () {
    const [a, b] = yield* pair();
    const codes: string[] = [];
    const receiver = go(report(codes, b));
    yield* done(a, -1);
    while (codes.length === 0) yield* msleep(now() + 1);
    expect(codes).to.deep.equal(["EPIPE"]);
    hclose(receiver);
  });

  if (carrier.hasPeers) {
    itOnNode("is the end of file for a peer that knows nothing of us", function* () {
      const { ls, where } = yield* carrier.listen();
      const peer = startPythonAt(where, readAll);
      const s = yield* accept(ls, -1);
      yield* bsend(s, Buffer.alloc(300_000, "x"), -1);
      yield* done(s, -1);
      expect(String(yield* brecv(s, 6, -1))).to.equal("300000");
      yield* until(peer.kill());
    });
  }

  if (!carrier.isEncrypted) {
    it("gives a coroutine that is blocked sending ECONNRESET", function* () {
      const [a] = yield* pair();
      const codes: string[] = [];
      const sender = go(
        (function* () {
          codes.push(yield* codeOf(bsend(a, flood, -1)));
          codes.push(yield* codeOf(bsend(a, flood, -1)));
        })(),
      );
      yield* done(a, -1);
      while (codes.length < 2) yield* msleep(now() + 1);
      expect(codes).to.deep.equal(["ECONNRESET", "EPIPE"]);
      hclose(sender);
    });
  }

  it("works in an Effection program", async () => {
    await runEffection(function* () {
      const [a, b] = yield* pair();
      yield* done(a, -1);
      expect(String(yield* brecv(b, 0, -1))).to.equal("");
      hclose(a);
      hclose(b);
      yield* msleep(now() + 1); // TLS says its farewell a turn later, and what is beneath stays open until then
    });
  });

  describe("deadline", () => {
    it("cuts nothing short, since there is nothing to wait for", function* () {
      for (const deadline of [0, 1, now() - 1, -1, Infinity]) {
        const [a, b] = yield* pair();
        yield* done(a, deadline);
        expect(yield* codeOf(brecv(b, 1, -1))).to.equal("EPIPE");
      }
    });

    it("is EINVAL if it is no point in time, and nothing has been said", function* () {
      const [a, b] = yield* pair();
      for (const deadline of [NaN, -2]) {
        expect(yield* codeOf(done(a, deadline))).to.equal("EINVAL");
      }
      yield* bsend(a, Buffer.from("x"), -1);
      expect(String(yield* brecv(b, 1, -1))).to.equal("x");
    });
  });

  describe("cancellation", () => {
    it("lets a coroutine that is being canceled say so, too", function* () {
      const [a, b] = yield* pair();
      hclose(
        go(
          (function* () {
            try {
              yield* msleep(-1);
            } finally {
              yield* bsend(a, Buffer.from("bye"), -1);
              yield* done(a, -1);
            }
          })(),
        ),
      );
      expect(String(yield* brecv(b, 3, -1))).to.equal("bye");
      expect(yield* codeOf(brecv(b, 1, -1))).to.equal("EPIPE");
    });
  });

  describe("errors", () => {
    it("EPIPE: it has been said already", function* () {
      const [a] = yield* pair();
      yield* done(a, -1);
      const error = yield* failureOf(done(a, -1));
      expect(error).to.include({ code: "EPIPE", syscall: `${carrier.prefix}_done` });
    });

    it("EBUSY: a copy uses the socket", function* () {
      const [a, b] = yield* pair();
      const copying = go(copy());
      const error = yield* failureOf(done(a, -1));
      expect(error).to.include({ code: "EBUSY", syscall: `${carrier.prefix}_done` });
      hclose(copying);
      yield* done(a, -1);

      function* copy(): Coroutine {
        yield* copyBidirectional(a, b, -1);
      }
    });

    it("ECONNRESET: an earlier send failed", function* () {
      const [a] = yield* pair();
      yield* failureOf(bsend(a, flood, 0));
      const error = yield* failureOf(done(a, -1));
      expect(error).to.include({ code: "ECONNRESET", syscall: `${carrier.prefix}_done` });
    });

    it("EBADF: the handle is not open", function* () {
      const [a] = yield* pair();
      hclose(a);
      const error = yield* (function* sayDone(): Coroutine<DillError> {
        return yield* failureOf(done(a, -1));
      })();
      expect(error).to.include({ code: "EBADF", syscall: `${carrier.prefix}_done` });
      expect(error.stack).to.contain("sayDone");
    });

    it("ENOTSUP: the handle is not such a socket, a bundle for one", function* () {
      expect(yield* codeOf(done(bundle(), -1))).to.equal("ENOTSUP");
    });
  });
});

const readAll = `
n = 0
while True:
    data = s.recv(65536)
    if not data: break
    n += len(data)
s.sendall(str(n).encode())
sys.stdin.read()
`;

function* report(codes: string[], s: Bytestream): Coroutine {
  codes.push(yield* codeOf(brecv(s, 1, -1)));
}
