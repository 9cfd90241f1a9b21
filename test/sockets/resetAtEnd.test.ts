import { expect } from "chai";
import {
  brecv,
  brecvSome,
  bsend,
  type Bytestream,
  type Coroutine,
  choose,
  hclose,
  msleep,
  now,
  type Operation,
} from "libdill-ts";
import { bytestreamType, hquery } from "libdill-ts/impl";
import { overCarriers, sendUntilItFails, startPythonListener } from "../support/carriers.js";
import { codeOf } from "../support/failure.js";
import { it } from "../support/it.js";
import { type OtherProcess, stopProcesses } from "../support/process.js";
import { until } from "../support/until.js";

overCarriers("a peer's last bytes", (carrier) => {
  const { dial, close } = carrier;

  /** A connection whose peer has sent its last bytes and has gone. */
  function* endedBy(
    peer: OtherProcess,
    where: string,
    how: string,
    length: number,
  ): Coroutine<Bytestream> {
    const s = yield* dial(where, -1);
    peer.say(`${how} ${length}`);
    yield* bsend(s, Buffer.from("x"), -1);
    expect(yield* until(peer.line())).to.equal("ended");
    yield* msleep(now() + 1);
    return s;
  }

  afterEach(stopProcesses);

  for (const [how, code] of [
    ["reset", "ECONNRESET"],
    ["clean", "EPIPE"],
  ] as const) {
    it(`that come together with a ${how} end are received whole, then comes ${code}`, function* () {
      const { peer, where } = yield* until(startPythonListener(carrier, program));
      for (let round = 0; round < 20; round++) {
        for (const length of [3, 1000, 100_000]) {
          const s = yield* endedBy(peer, where, how, length);
          expect((yield* brecv(s, length, -1)).length).to.equal(length);
          for (let i = 0; i < 2; i++)
            expect(yield* codeOf(brecv(s, 1, now() + 2000))).to.equal(code);
          hclose(s);
        }
      }
    });

    it(`that come together with a ${how} end are received with deadline 0, and so is the end`, function* () {
      const { peer, where } = yield* until(startPythonListener(carrier, program));
      for (let round = 0; round < 20; round++) {
        let s = yield* endedBy(peer, where, how, 3);
        yield* brecv(s, 3, 0);
        expect(yield* codeOf(brecv(s, 1, 0))).to.equal(code);
        hclose(s);

        s = yield* endedBy(peer, where, how, 3);
        yield* brecvSome(s, 3, 0);
        expect(yield* codeOf(brecvSome(s, 1, 0))).to.equal(code);
        hclose(s);

        s = yield* endedBy(peer, where, how, 3);
        yield* brecv(s, 3, 0);
        const { index } = yield* choose([{ op: "readable", s }], -1);
        expect(index).to.equal(0);
        hclose(s);

        s = yield* endedBy(peer, where, how, 3);
        yield* brecv(s, 3, 0);
        const closed = how === "clean" ? "nothing" : code;
        expect(yield* codeOrNothing(close(s, 0))).to.equal(closed);
      }
    });
  }

  it("that are followed by a reset don't end cleanly, even if a send has heard of that first", function* () {
    const [s, peer] = yield* carrier.pair();
    yield* bsend(s, Buffer.from("unread"), -1);
    hquery(peer, bytestreamType).tear?.();
    hclose(peer);
    expect(yield* sendUntilItFails(s)).to.equal("ECONNRESET");
    for (let i = 0; i < 2; i++) expect(yield* codeOf(brecv(s, 1, -1))).to.equal("ECONNRESET");
    hclose(s);
  });

  it("and a half-close are a clean end, after which the other direction goes on", function* () {
    const { peer, where } = yield* until(startPythonListener(carrier, program));
    const s = yield* dial(where, -1);
    peer.say("half 3");
    yield* bsend(s, Buffer.from("x"), -1);
    expect(yield* until(peer.line())).to.equal("ended");
    yield* brecv(s, 3, -1);
    expect(yield* codeOf(brecv(s, 1, -1))).to.equal("EPIPE");
    yield* bsend(s, Buffer.from("y"), -1);
    expect(yield* until(peer.line())).to.equal("y");
    hclose(s);
  });
});

function* codeOrNothing(operation: Operation<void>): Coroutine<string> {
  try {
    yield* operation;
    return "nothing";
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? "";
  }
}

// A reset: the kernel makes one of a close with bytes unread.
const program = `
import select
for line in sys.stdin:
    how, length = line.split()
    s, _ = l.accept()
    s.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1000000)
    select.select([s], [], [])
    if how != "reset": s.recv(1)
    s.sendall(b"x" * int(length))
    if how == "half":
        s.shutdown(socket.SHUT_WR)
        print("ended", flush=True)
        print(s.recv(1).decode(), flush=True)
    s.close()
    if how != "half": print("ended", flush=True)
`;
