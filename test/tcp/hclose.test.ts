// How a TCP connection looks to its peer after hclose.
import { expect } from "chai";
import {
  brecv,
  bsend,
  type Coroutine,
  go,
  hclose,
  msleep,
  now,
  run,
  tcpDone,
  type TcpSocket,
} from "libdill-ts";
import { startPythonAt, tcp } from "../support/carriers.js";
import { codeOf } from "../support/failure.js";
import { itBoth as it, it as itOnNode } from "../support/it.js";
import { stopProcesses } from "../support/process.js";
import { until } from "../support/until.js";

const flood = Buffer.alloc(8_000_000, "flood ");

describe("hclose of a tcp socket", () => {
  afterEach(stopProcesses);

  itOnNode("loses nothing that was sent, and is a clean end", function* () {
    for (const bytes of [Buffer.from("last words"), Buffer.alloc(400_000, "x")]) {
      const [a, b] = yield* tcp.pair();
      yield* bsend(a, bytes, -1);
      hclose(a);
      expect((yield* brecv(b, bytes.length, -1)).equals(bytes)).to.equal(true);
      expect(yield* codeOf(brecv(b, 1, -1))).to.equal("EPIPE");
    }
  });

  const torn: Readonly<Record<string, (s: TcpSocket) => Coroutine>> = {
    *"was cut short by its deadline"(s) {
      expect(yield* codeOf(bsend(s, flood, now() + 5))).to.equal("ETIMEDOUT");
      hclose(s);
    },
    *"is under way"(s) {
      const sender = go(
        (function* () {
          expect(yield* codeOf(bsend(s, flood, -1))).to.equal("EBADF");
        })(),
      );
      yield* msleep(now() + 5);
      hclose(s);
      yield;
      hclose(sender);
    },
    *"was ended by tcpDone"(s) {
      const sender = go(
        (function* () {
          expect(yield* codeOf(bsend(s, flood, -1))).to.equal("ECONNRESET");
        })(),
      );
      yield* tcpDone(s, -1);
      hclose(s);
      yield;
      hclose(sender);
    },
    *"was canceled"(s) {
      const sender = go(
        (function* () {
          yield* bsend(s, flood, -1);
        })(),
      );
      hclose(sender);
      hclose(s);
    },
  };

  for (const [how, close] of Object.entries(torn)) {
    it(`is a reset if a send ${how}: the peer can't take the torn stream for a whole one`, function* () {
      const [a, b] = yield* tcp.pair();
      yield* close(a);
      let code = "";
      let received = 0;
      while (code === "") {
        try {
          received += (yield* brecv(b, 1, now() + 2000)).length;
        } catch (error) {
          ({ code = "" } = error as { code?: string });
        }
      }
      expect(code).to.equal("ECONNRESET");
      expect(received).to.be.below(flood.length);
    }).timeout(20_000);

    itOnNode(`is a reset if a send ${how}, to a program that knows nothing of us`, function* () {
      const { ls, where } = yield* tcp.listen();
      const peer = startPythonAt(where, readToEnd);
      const s = yield* tcp.accept(ls, -1);
      yield* close(s);
      peer.say("read");
      expect(yield* until(peer.line())).to.equal("ECONNRESET");
    });
  }

  it("is a clean end after a receive that was cut in the middle: its farewell arrives", function* () {
    const [a, b] = yield* tcp.pair();
    yield* bsend(b, Buffer.from("half"), -1);
    expect(yield* codeOf(brecv(a, 10, now() + 5))).to.equal("ETIMEDOUT");
    yield* bsend(a, Buffer.from("too slow"), -1);
    hclose(a);
    expect(String(yield* brecv(b, 8, -1))).to.equal("too slow");
    expect(yield* codeOf(brecv(b, 1, -1))).to.equal("EPIPE");
  });

  it("is a clean end while a coroutine waits for bytes of which none has come", function* () {
    const [a, b] = yield* tcp.pair();
    const codes: string[] = [];
    const receiver = go(
      (function* () {
        codes.push(yield* codeOf(brecv(a, 1, -1)));
      })(),
    );
    yield* bsend(a, Buffer.from("bye"), -1);
    hclose(a);
    expect(String(yield* brecv(b, 3, -1))).to.equal("bye");
    expect(yield* codeOf(brecv(b, 1, -1))).to.equal("EPIPE");
    expect(codes).to.deep.equal(["EBADF"]);
    hclose(receiver);
  });

  it("at the end of a run lets what was sent arrive", async () => {
    let b: TcpSocket | undefined;
    await run(
      (function* () {
        const [a, other] = yield* tcp.pair();
        b = other;
        const sender = go(
          (function* () {
            yield* bsend(a, Buffer.from("sent"), -1);
          })(),
        );
        yield;
        expect(String(yield* brecv(b, 4, -1))).to.equal("sent");
        hclose(sender);
      })(),
    );
    expect(b).to.be.a("number");
  });
});

const readToEnd = `
import errno
sys.stdin.readline()
try:
    while s.recv(65536): pass
    print("end", flush=True)
except OSError as e:
    print(errno.errorcode[e.errno], flush=True)
sys.stdin.read()
`;
