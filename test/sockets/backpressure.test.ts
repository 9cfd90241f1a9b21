// Who holds how much when one side is slower. A sender's process keeps the rest of one write of 64 KiB, a
// receiver's what it reads ahead; all else waits in the kernel, whose buffer the Python peer measures.
import { expect } from "chai";
import {
  brecv,
  bsend,
  type Coroutine,
  go,
  hclose,
  ipcAccept,
  ipcListen,
  type IpcSocket,
  msleep,
  now,
} from "libdill-ts";
import { codeOf } from "../support/failure.js";
import { it } from "../support/it.js";
import { type OtherProcess, startPython, stopProcesses } from "../support/process.js";
import { socketPath } from "../support/tempDir.js";
import { until } from "../support/until.js";

/** What bsend hands to Node at a time. */
const writeChunk = 65_536;
/**
 * What a receiver's process may hold: nearly 64 KiB, with which the connection still goes on reading; the read of
 * 64 KiB that goes over that; and what Node takes before it stops reading for a paused stream. That is one
 * read, or two where the first was a short one.
 */
const readAhead = 4 * 65_536;
const huge = Buffer.alloc(16 << 20, "0123456789");

describe("back-pressure", () => {
  afterEach(stopProcesses);

  describe("a sender to a peer that does not read", () => {
    const ways: Readonly<Record<string, (s: IpcSocket) => Coroutine>> = {
      *"has timed out"(s) {
        expect(yield* codeOf(bsend(s, huge, now() + 20))).to.equal("ETIMEDOUT");
      },
      *"has been canceled"(s) {
        const sender = go(
          (function* () {
            yield* bsend(s, huge, -1);
          })(),
        );
        yield* msleep(now() + 20);
        hclose(sender);
      },
      *"did not want to wait"(s) {
        expect(yield* codeOf(bsend(s, huge, 0))).to.equal("ETIMEDOUT");
      },
    };

    for (const [way, cutOff] of Object.entries(ways)) {
      it(`and ${way} has given away what the kernel holds, and keeps the rest of one write`, function* () {
        const { s, peer, capacity } = yield* meet(mute);
        yield* cutOff(s);
        // Once the peer has read what was in the kernel, the rest of the write goes out.
        peer.say(String(capacity));
        expect(yield* until(peer.line())).to.equal("read");
        // Whatever else were waiting in this process would follow now: it gets several turns for that.
        for (let i = 0; i < 5; i++) {
          peer.say("echo");
          expect(String(yield* brecv(s, 4, -1))).to.equal("echo");
        }
        hclose(s);
        peer.say("end");
        const [total, isIntact] = ((yield* until(peer.line())) ?? "").split(" ");
        expect(Number(total)).to.be.within(capacity, capacity + writeChunk);
        expect(isIntact).to.equal("True");
      });

      it(`and ${way} gives away nothing more once its socket is closed`, function* () {
        const { s, peer, capacity } = yield* meet(mute);
        yield* cutOff(s);
        hclose(s);
        peer.say("0");
        expect(yield* until(peer.line())).to.equal("read");
        peer.say("end");
        expect(yield* until(peer.line())).to.equal(`${capacity} True`);
      });
    }
  });

  describe("a peer that sends to us", () => {
    it("is held back by the kernel alone before our first receive", function* () {
      const { peer, capacity } = yield* meet(pusher);
      expect(yield* pushed(peer)).to.equal(capacity);
    });

    it("is held back while our coroutine does not receive: we read ahead a fixed amount", function* () {
      const { s, peer, capacity } = yield* meet(pusher);
      let total = yield* pushed(peer);
      let received = 0;
      for (const count of [1, 100_000, 7, 200_000, 1]) {
        yield* receive(count);
        total += yield* pushed(peer);
        expect(total - received).to.be.within(capacity, capacity + readAhead);
      }
      yield* receive(total - received);

      function* receive(count: number): Coroutine {
        const bytes = yield* brecv(s, count, -1);
        expect(bytes.equals(pattern(received, count))).to.equal(true);
        received += count;
      }
    });

    it("goes on as fast as a slow coroutine receives, and loses nothing", function* () {
      const { s, peer } = yield* meet(pusher);
      let sent = yield* pushed(peer);
      let received = 0;
      while (received < 4_000_000) {
        const bytes = yield* brecv(s, 10_000, -1);
        expect(bytes.equals(pattern(received, 10_000))).to.equal(true);
        received += 10_000;
        if (sent - received < 100_000) sent += yield* pushed(peer);
      }
    });
  });
});

/** How much the peer gets rid of until the kernel takes nothing more and we read nothing more. */
function* pushed(peer: OtherProcess): Coroutine<number> {
  let total = 0;
  // Between two pushes this process has a turn to read. Without limits it would read each time.
  for (let rounds = 0, quiet = 0; quiet < 3; rounds++) {
    peer.say("push");
    const count = Number(yield* until(peer.line()));
    total += count;
    quiet = count === 0 ? quiet + 1 : 0;
    expect(rounds).to.be.below(100);
  }
  return total;
}

function pattern(from: number, count: number): Buffer {
  const start = from % 10;
  return Buffer.alloc(count + start, "0123456789").subarray(start);
}

interface Meeting {
  readonly s: IpcSocket;
  readonly peer: OtherProcess;
  /** How many bytes the kernel takes for a peer that reads none of them. */
  readonly capacity: number;
}

function* meet(program: string): Coroutine<Meeting> {
  const path = socketPath();
  const ls = yield* ipcListen(path, 1);
  const peer = startPython(prelude + program, path);
  const s = yield* ipcAccept(ls, -1);
  hclose(ls);
  return { s, peer, capacity: Number(yield* until(peer.line())) };
}

const prelude = `
import socket, sys
c = socket.socket(socket.AF_UNIX)
c.connect(sys.argv[1])
a, b = socket.socketpair()
a.setblocking(False)
capacity = 0
try:
    while True: capacity += a.send(b"x" * 65536)
except BlockingIOError: pass
print(capacity, flush=True)
digits = b"0123456789"
`;

// Reads as much as it is told, echoes until it is told to end, and then reads all that there is.
const mute = `
total = 0
intact = True
def read(most):
    global total, intact
    data = c.recv(most)
    start = total % 10
    if data != (digits * (len(data) // 10 + 2))[start:start + len(data)]: intact = False
    total += len(data)
    return len(data)
wanted = int(sys.stdin.readline())
while total < wanted: read(wanted - total)
print("read", flush=True)
while sys.stdin.readline() == "echo\\n": c.sendall(b"echo")
while read(65536): pass
print(total, intact, flush=True)
sys.stdin.read()
`;

// At each line it sends until the kernel takes nothing more; but no more than 8 MB, for a reader without limits.
const pusher = `
c.setblocking(False)
total = 0
for line in sys.stdin:
    count = 0
    try:
        while count < 8000000:
            start = total % 10
            n = c.send((digits * 6555)[start:start + 65536])
            count += n
            total += n
    except BlockingIOError: pass
    print(count, flush=True)
`;
