import { closeSync, openSync, readSync, writeSync } from "node:fs";
import { expect } from "chai";
import {
  type Coroutine,
  go,
  hclose,
  ipcListen,
  ipcAccept,
  join,
  msleep,
  now,
  yieldNow,
} from "libdill-ts";
import { fdclean, fdin, fdout, ipcRecvfd } from "libdill-ts/native";
import { codeOf, codeOfCall, failureOf } from "../support/failure.js";
import { empty, fill, openFifo } from "../support/fifo.js";
import { it } from "../support/it.js";
import { start } from "../support/start.js";
import { startPython, stopProcesses } from "../support/process.js";
import { socketPath } from "../support/tempDir.js";
import { until } from "../support/until.js";

describe("fdin, fdout and fdclean", () => {
  let fd = -1;
  beforeEach(() => (fd = openFifo()));
  afterEach(() => closeSync(fd));
  afterEach(stopProcesses);

  it("fdin returns when there is something to read, and reads nothing", function* () {
    const reader = start(fdin(fd, -1));
    yield* yieldNow();
    writeSync(fd, "abc");
    yield* join(reader, -1);
    yield* fdin(fd, -1); // it is there still
    expect(readSync(fd, Buffer.alloc(10))).to.equal(3);
    hclose(reader);
  });

  it("fdout returns when there is room", function* () {
    yield* fdout(fd, 0);
    fill(fd);
    const writer = start(fdout(fd, -1));
    yield* yieldNow();
    empty(fd);
    yield* join(writer, -1);
    hclose(writer);
  });

  it("wait for both directions of one descriptor at once", function* () {
    fill(fd);
    const order: string[] = [];
    const writer = go(noted(fdout(fd, -1), "out", order));
    const reader = go(noted(fdin(fd, -1), "in", order));
    yield* join(reader, -1);
    empty(fd);
    yield* join(writer, -1);
    hclose(reader);
    hclose(writer);
    expect(order).to.deep.equal(["in", "out"]);
  });

  it("look once under the deadline 0", function* () {
    expect(yield* codeOf(fdin(fd, 0))).to.equal("ETIMEDOUT");
    writeSync(fd, "!");
    yield* fdin(fd, 0);
    yield* fdin(fd, 1);
  });

  it("a wait that timed out disturbs nobody when the descriptor becomes ready", function* () {
    expect(yield* codeOf(fdin(fd, now() + 5))).to.equal("ETIMEDOUT");
    writeSync(fd, "!");
    yield* msleep(now() + 20);
    fdclean(fd);
    yield* fdin(fd, -1);
  });

  it("an end and a hangup count as ready", function* () {
    const path = socketPath();
    const ls = yield* ipcListen(path, 5);
    startPython(pipeEnds, path);
    const s = yield* ipcAccept(ls, -1);
    const [readEnd, writeEnd] = [yield* ipcRecvfd(s, -1), yield* ipcRecvfd(s, -1)];
    yield* fdin(readEnd, -1); // its writer has gone
    yield* fdout(writeEnd, -1); // its reader has gone
    closeSync(readEnd);
    closeSync(writeEnd);
  });

  it("wait for eventfd, inotify and one end of a socket pair", function* () {
    const path = socketPath();
    const ls = yield* ipcListen(path, 5);
    const peer = startPython(kinds, path);
    const s = yield* ipcAccept(ls, -1);
    const fds: number[] = [];
    for (let i = 0; i < 3; i++) fds.push(yield* ipcRecvfd(s, -1));
    for (const each of fds) {
      expect(yield* codeOf(fdin(each, 0))).to.equal("ETIMEDOUT");
      const reader = start(fdin(each, -1));
      yield* yieldNow();
      peer.say("next");
      yield* join(reader, -1);
      hclose(reader);
    }
    expect((yield* until(peer.ended())).status).to.equal(0);
    for (const each of fds) closeSync(each);
  });

  it("a cancellation leaves nothing behind", function* () {
    const reader = start(fdin(fd, -1));
    yield* yieldNow();
    expect(codeOfCall(() => fdclean(fd))).to.equal("EBUSY");
    hclose(reader);
    fdclean(fd);
    expect(yield* codeOf(fdin(fd, 0))).to.equal("ETIMEDOUT");
  });

  it("fdclean takes any number", () => {
    for (const number of [0, -1, 1_000_000, Number.NaN]) fdclean(number);
  });

  it("are told apart, hundreds at once", function* () {
    const fds = Array.from({ length: 300 }, () => openSync(`/proc/self/fd/${fd}`, "r+"));
    const readers = fds.map((each) => start(fdin(each, -1)));
    yield* yieldNow();
    writeSync(fd, "!");
    for (const reader of readers) yield* join(reader, -1);
    readers.forEach((reader) => hclose(reader));
    fds.forEach((each) => closeSync(each));
  });

  describe("errors", () => {
    it("EBADF: no such descriptor is open", function* () {
      for (const number of [-1, 1.5, Number.NaN, 1_000_000, 2 ** 31, 2 ** 40]) {
        expect(yield* failureOf(fdin(number, -1))).to.include({ code: "EBADF", syscall: "fdin" });
        expect(yield* failureOf(fdout(number, -1))).to.include({ code: "EBADF", syscall: "fdout" });
      }
    });

    it("EBUSY: a second coroutine waits for the same, and the first goes on", function* () {
      const reader = start(fdin(fd, -1));
      yield* yieldNow();
      expect(yield* codeOf(fdin(fd, -1))).to.equal("EBUSY");
      writeSync(fd, "!");
      yield* join(reader, -1);
      hclose(reader);
    });

    it("ECANCELED: before anything else", function* () {
      const codes: string[] = [];
      const canceled = go(
        (function* () {
          try {
            yield* msleep(-1);
          } finally {
            codes.push(yield* codeOf(fdin(-1, -1)), yield* codeOf(fdout(fd, -1)));
          }
        })(),
      );
      hclose(canceled);
      expect(codes).to.deep.equal(["ECANCELED", "ECANCELED"]);
    });

    it("EINVAL: the deadline is none", function* () {
      expect(yield* codeOf(fdin(fd, Number.NaN))).to.equal("EINVAL");
      expect(yield* codeOf(fdout(fd, Number.NaN))).to.equal("EINVAL");
    });

    it("ENOTSUP: it is a file, or a device that is always ready", function* () {
      for (const path of ["/etc/passwd", "/etc", "/dev/null"]) {
        const other = openSync(path, "r");
        const error = yield* failureOf(fdin(other, -1));
        expect(error.message).to.equal(
          `ENOTSUP: file descriptor ${other} is of a kind that can't be waited for, fdin`,
        );
        expect(yield* codeOf(fdout(other, -1))).to.equal("ENOTSUP");
        closeSync(other);
      }
    });
  });
});

function* noted(wait: ReturnType<typeof fdin>, name: string, order: string[]): Coroutine {
  yield* wait;
  order.push(name);
}

const pythonPeer = `
import array, ctypes, os, socket, sys
s = socket.socket(socket.AF_UNIX)
s.connect(sys.argv[1])
def send(fd):
    socket.send_fds(s, [b"\\xcc"], [fd])
`;

const pipeEnds = `${pythonPeer}
r, w = os.pipe()
send(r)
os.close(r)
os.close(w)
r, w = os.pipe()
os.close(r)
send(w)
`;

const kinds = `${pythonPeer}
event = os.eventfd(0)
folder = os.path.dirname(sys.argv[1])
libc = ctypes.CDLL(None)
notify = libc.inotify_init1(0)
assert libc.inotify_add_watch(notify, folder.encode(), 0x100) >= 0
a, b = socket.socketpair()
for fd in event, notify, a.fileno():
    send(fd)
sys.stdin.readline()
os.eventfd_write(event, 1)
sys.stdin.readline()
open(folder + "/made", "w").close()
sys.stdin.readline()
b.send(b"!")
`;
