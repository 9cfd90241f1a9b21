import { readSync, writeSync, closeSync } from "node:fs";
import { expect } from "chai";
import {
  brecv,
  brecvSome,
  bsend,
  choose,
  type Coroutine,
  go,
  hclose,
  ipcAccept,
  ipcClose,
  ipcDone,
  ipcFromfd,
  ipcListen,
  ipcPair,
  type IpcSocket,
  join,
  msleep,
  now,
  tcpAccept,
  yieldNow,
} from "libdill-ts";
import { ipcKeepfds, ipcRecvfd, ipcSendfd } from "libdill-ts/native";
import { tcp } from "../support/carriers.js";
import { namedFile } from "../support/descriptorOperations.js";
import { fillUp } from "../support/fillUp.js";
import { codeOf, codeOfCall, codeOrNone, failureOf } from "../support/failure.js";
import { it } from "../support/it.js";
import { type OtherProcess, startPython, stopProcesses } from "../support/process.js";
import { start } from "../support/start.js";
import { socketPath } from "../support/tempDir.js";
import { until } from "../support/until.js";

describe("ipcSendfd and ipcRecvfd", () => {
  let sent: ReturnType<typeof namedFile>;
  beforeEach(() => {
    sent = namedFile();
  });
  afterEach(() => sent.closeAll());
  afterEach(stopProcesses);

  it("give the receiver a descriptor of its own, and leave the sender's as it is", function* () {
    const [a, b] = yield* ipcPair();
    yield* ipcSendfd(a, sent.fd, -1);
    const fd = yield* ipcRecvfd(b, -1);
    expect(fd).not.to.equal(sent.fd);
    writeSync(fd, "text");
    const bytes = Buffer.alloc(4);
    readSync(sent.fd, bytes, 0, 4, 0);
    expect(String(bytes)).to.equal("text");
    expect(sent.count()).to.equal(2);
  });

  it("keep a descriptor's place among the bytes, however they are received", function* () {
    const [a, b] = yield* ipcPair();
    ipcKeepfds(b);
    for (const round of ["one", "two", "3"]) {
      yield* bsend(a, Buffer.from(round), -1);
      yield* ipcSendfd(a, sent.fd, -1);
    }
    yield* bsend(a, Buffer.from("end"), -1);
    expect(String(yield* brecv(b, 3, -1))).to.equal("one");
    yield* ipcRecvfd(b, -1);
    expect(String(yield* brecv(b, 2, -1))).to.equal("tw");
    expect(String(yield* brecv(b, 1, -1))).to.equal("o");
    yield* ipcRecvfd(b, -1);
    yield* choose([{ op: "readable", s: b }], -1);
    expect(String(yield* brecv(b, 1, -1))).to.equal("3");
    yield* ipcRecvfd(b, -1);
    expect(String(yield* brecvSome(b, 10, -1))).to.equal("end");
    expect(sent.count()).to.equal(4);
  });

  it("wait for each other", function* () {
    const [a, b] = yield* ipcPair();
    const receiver = start(ipcRecvfd(b, -1));
    yield* yieldNow();
    yield* ipcSendfd(a, sent.fd, -1);
    expect(yield* join(receiver, -1)).to.be.greaterThan(2);
    hclose(receiver);
    yield* fillUp(a);
    const sender = start(ipcSendfd(a, sent.fd, -1));
    yield* yieldNow();
    while ((yield* codeOrNone(brecv(b, 1, 0))) === "none");
    yield* join(sender, -1);
    hclose(sender);
  });

  it("a brecv that takes the byte of a descriptor gets the byte, and the descriptor is closed", function* () {
    const [a, b] = yield* ipcPair();
    ipcKeepfds(b);
    yield* bsend(a, Buffer.from("x"), -1);
    yield* ipcSendfd(a, sent.fd, -1);
    yield* bsend(a, Buffer.from("y"), -1);
    expect((yield* brecv(b, 3, -1)).toString("hex")).to.equal("78cc79");
    expect(sent.count()).to.equal(1);
    yield* ipcSendfd(a, sent.fd, -1);
    expect((yield* brecv(b, 1, -1)).toString("hex")).to.equal("cc");
    yield* ipcSendfd(a, sent.fd, -1);
    yield* ipcRecvfd(b, -1);
    expect(sent.count()).to.equal(2);
  });

  it("a descriptor that nobody has taken is closed with its socket", function* () {
    for (const close of [hclose, drain]) {
      const [a, b] = yield* ipcPair();
      ipcKeepfds(b);
      yield* bsend(a, Buffer.from("x"), -1);
      yield* ipcSendfd(a, sent.fd, -1);
      yield* brecv(b, 1, -1);
      yield* choose([{ op: "readable", s: b }], -1);
      expect(sent.count()).to.equal(2);
      yield* ipcDone(a, -1);
      const closing = close(b);
      if (closing !== undefined) yield* closing;
      expect(sent.count()).to.equal(1);
    }
  });

  it("the memory that unread descriptors take is bounded: one waits here, the rest in the kernel", function* () {
    const [a, b] = yield* ipcPair();
    ipcKeepfds(b);
    for (let i = 0; i < 50; i++) yield* ipcSendfd(a, sent.fd, -1);
    yield* choose([{ op: "readable", s: b }], -1);
    yield* msleep(now() + 5);
    expect(sent.count()).to.equal(2);
    for (let i = 0; i < 50; i++) closeSync(yield* ipcRecvfd(b, -1));
  });

  it("a deadline and a cancellation take nothing", function* () {
    const [a, b] = yield* ipcPair();
    expect(yield* codeOf(ipcRecvfd(b, 0))).to.equal("ETIMEDOUT");
    expect(yield* codeOf(ipcRecvfd(b, now() + 3))).to.equal("ETIMEDOUT");
    hclose(start(ipcRecvfd(b, -1)));
    yield* ipcSendfd(a, sent.fd, -1);
    closeSync(yield* ipcRecvfd(b, 0));
    yield* fillUp(a);
    expect(yield* codeOf(ipcSendfd(a, sent.fd, now() + 3))).to.equal("ETIMEDOUT");
    hclose(start(ipcSendfd(a, sent.fd, -1)));
    while ((yield* codeOrNone(brecv(b, 1, 0))) === "none");
    yield* ipcSendfd(a, sent.fd, -1);
    expect(sent.count()).to.equal(1);
    closeSync(yield* ipcRecvfd(b, -1));
  });

  it("pass a connection on, which goes on where it was", function* () {
    const path = socketPath();
    const ls = yield* ipcListen(path, 5);
    startPython(echoing, path);
    const s = yield* ipcAccept(ls, -1);
    const [a, b] = yield* ipcPair();
    const theirs = yield* ipcRecvfd(s, -1);
    yield* ipcSendfd(a, theirs, -1);
    closeSync(theirs);
    const passed = yield* ipcFromfd(yield* ipcRecvfd(b, -1));
    yield* bsend(passed, Buffer.from("hello"), -1);
    expect(String(yield* brecv(passed, 5, -1))).to.equal("hello");
  });

  describe("with a peer in Python", () => {
    it("send it a descriptor with the byte 0xCC", function* () {
      const { peer, s } = yield* connectPython(receiving);
      writeSync(sent.fd, "of ours");
      yield* bsend(s, Buffer.from("abc"), -1);
      yield* ipcSendfd(s, sent.fd, -1);
      expect(yield* until(peer.line())).to.equal("b'abc' b'\\xcc' of ours 1 0");
    });

    it("receive what it sends with sendmsg", function* () {
      const { s } = yield* connectPython(sending);
      expect(String(yield* brecv(s, 3, -1))).to.equal("abc");
      const fd = yield* ipcRecvfd(s, -1);
      const bytes = Buffer.alloc(9);
      readSync(fd, bytes, 0, 9, 0);
      expect(String(bytes)).to.equal("of theirs");
      expect(String(yield* brecv(s, 3, -1))).to.equal("def");
      closeSync(fd);
    });

    it("EPROTO: several descriptors in one message are all closed", function* () {
      const { s } = yield* connectPython(sendingMany);
      expect((yield* failureOf(ipcRecvfd(s, -1))).message).to.equal(
        "EPROTO: 3 descriptors came at once, and one was expected, ipc_recvfd",
      );
      expect(yield* codeOf(ipcRecvfd(s, -1))).to.equal("ECONNRESET");
    });

    it("credentials beside a descriptor are no harm", function* () {
      const { s } = yield* connectPython(sendingCredentials);
      closeSync(yield* ipcRecvfd(s, -1));
    });
  });

  describe("errors", () => {
    it("EPROTO: the next byte came without a descriptor; the direction is broken", function* () {
      for (const bytes of ["x", "xy"]) {
        const [a, b] = yield* ipcPair();
        yield* bsend(a, Buffer.from(bytes), -1);
        yield* ipcSendfd(a, sent.fd, -1);
        expect(yield* codeOf(ipcRecvfd(b, -1))).to.equal("EPROTO");
        expect(yield* codeOf(ipcRecvfd(b, -1))).to.equal("ECONNRESET");
        hclose(b);
        expect(sent.count()).to.equal(1);
      }
    });

    it("EINVAL: bytes were received before without ipcKeepfds", function* () {
      const [a, b] = yield* ipcPair();
      yield* bsend(a, Buffer.from("x"), -1);
      yield* brecv(b, 1, -1);
      const error = yield* failureOf(ipcRecvfd(b, -1));
      expect(error.message).to.equal(
        "EINVAL: bytes have been read ahead: call ipcKeepfds before the first receive, ipc_recvfd",
      );
      expect(codeOfCall(() => ipcKeepfds(b))).to.equal("EINVAL");
      yield* bsend(a, Buffer.from("y"), -1);
      yield* brecv(b, 1, -1); // which goes on
    });

    it("EINVAL: it is no descriptor's number, or the deadline is none", function* () {
      const [a] = yield* ipcPair();
      for (const fd of [-1, 1.5, Number.NaN, 2 ** 31]) {
        expect(yield* codeOf(ipcSendfd(a, fd, -1))).to.equal("EINVAL");
      }
      expect(yield* codeOf(ipcSendfd(a, 0, Number.NaN))).to.equal("EINVAL");
      expect(yield* codeOf(ipcRecvfd(a, Number.NaN))).to.equal("EINVAL");
    });

    it("EBADF: no such descriptor is open, and the socket goes on; or the handle is not", function* () {
      const [a, b] = yield* ipcPair();
      expect((yield* failureOf(ipcSendfd(a, 1_000_000, -1))).message).to.equal(
        "EBADF: file descriptor 1000000 is not open, ipc_sendfd",
      );
      yield* ipcSendfd(a, sent.fd, -1);
      closeSync(yield* ipcRecvfd(b, -1));
      const receiver = go(codeOf(ipcRecvfd(b, -1)));
      yield* yieldNow();
      hclose(b);
      expect(yield* join(receiver, -1)).to.equal("EBADF");
      const [c] = yield* ipcPair();
      yield* fillUp(c);
      const sender = go(codeOf(ipcSendfd(c, 0, -1)));
      yield* yieldNow();
      hclose(c);
      expect(yield* join(sender, -1)).to.equal("EBADF");
      expect(codeOfCall(() => ipcKeepfds(b))).to.equal("EBADF");
      expect(yield* codeOf(ipcRecvfd(b, -1))).to.equal("EBADF");
      expect(yield* codeOf(ipcSendfd(b, 0, -1))).to.equal("EBADF");
    });

    it("EPIPE: the direction has ended", function* () {
      const [a, b] = yield* ipcPair();
      const receiver = go(codeOf(ipcRecvfd(b, -1)));
      yield* yieldNow();
      yield* ipcDone(a, -1);
      expect(yield* join(receiver, -1)).to.equal("EPIPE");
      expect(yield* codeOf(ipcRecvfd(b, -1))).to.equal("EPIPE");
      expect(yield* codeOf(ipcSendfd(a, sent.fd, -1))).to.equal("EPIPE");
    });

    it("ECONNRESET: the peer has gone", function* () {
      const [a, b] = yield* ipcPair();
      yield* bsend(a, Buffer.from("x"), -1);
      hclose(b);
      expect(yield* codeOf(ipcSendfd(a, sent.fd, -1))).to.equal("ECONNRESET");
      expect(yield* codeOf(bsend(a, Buffer.from("x"), -1))).to.equal("ECONNRESET");
      expect(yield* codeOf(ipcRecvfd(a, -1))).to.equal("ECONNRESET");
    });

    it("EBUSY: another coroutine uses the direction", function* () {
      const [, b] = yield* ipcPair();
      const receiver = go(codeOf(ipcRecvfd(b, -1)));
      yield* yieldNow();
      expect(yield* codeOf(ipcRecvfd(b, -1))).to.equal("EBUSY");
      expect(yield* codeOf(brecv(b, 1, -1))).to.equal("EBUSY");
      ipcKeepfds(b);
      hclose(receiver);
      const [c] = yield* ipcPair();
      yield* fillUp(c);
      const sender = go(codeOf(ipcSendfd(c, 0, -1)));
      yield* yieldNow();
      expect(yield* codeOf(bsend(c, Buffer.from("x"), -1))).to.equal("EBUSY");
      expect(yield* codeOf(ipcSendfd(c, 0, -1))).to.equal("EBUSY");
      hclose(sender);
    });

    it("ECANCELED: always, whatever could be done", function* () {
      const [a, b] = yield* ipcPair();
      yield* ipcSendfd(a, sent.fd, -1);
      const codes: string[] = [];
      hclose(
        go(
          (function* () {
            try {
              yield* msleep(-1);
            } finally {
              codes.push(yield* codeOf(ipcRecvfd(b, -1)), yield* codeOf(ipcSendfd(a, 0, -1)));
            }
          })(),
        ),
      );
      expect(codes).to.deep.equal(["ECANCELED", "ECANCELED"]);
      closeSync(yield* ipcRecvfd(b, -1));
    });

    it("ENOTSUP: the handle is not an ipc socket", function* () {
      const { ls, connect } = yield* tcp.listen();
      const c = yield* connect(-1);
      const s = yield* tcpAccept(ls, -1);
      const wrong = s as unknown as IpcSocket;
      expect(yield* codeOf(ipcSendfd(wrong, 0, -1))).to.equal("ENOTSUP");
      expect(yield* codeOf(ipcRecvfd(wrong, -1))).to.equal("ENOTSUP");
      expect(codeOfCall(() => ipcKeepfds(wrong))).to.equal("ENOTSUP");
      [c, s, ls].forEach((h) => hclose(h));
    });
  });
});

function drain(s: IpcSocket) {
  return ipcClose(s, -1);
}

function* connectPython(program: string): Coroutine<{ peer: OtherProcess; s: IpcSocket }> {
  const path = socketPath();
  const ls = yield* ipcListen(path, 5);
  const peer = startPython(program, path);
  const s = yield* ipcAccept(ls, -1);
  ipcKeepfds(s);
  hclose(ls);
  return { peer, s };
}

const dial = `
import os, socket, sys, tempfile
s = socket.socket(socket.AF_UNIX)
s.connect(sys.argv[1])
`;

const receiving = `${dial}
first = s.recv(3)
byte, fds, flags, _ = socket.recv_fds(s, 10, 4)
print(first, byte, os.pread(fds[0], 100, 0).decode(), len(fds), flags & socket.MSG_CTRUNC, flush=True)
`;

const sending = `${dial}
f = tempfile.TemporaryFile()
f.write(b"of theirs")
f.flush()
s.sendall(b"abc")
socket.send_fds(s, [b"\\xcc"], [f.fileno()])
s.sendall(b"def")
sys.stdin.readline()
`;

const sendingMany = `${dial}
socket.send_fds(s, [b"\\xcc"], [0, 1, 2])
sys.stdin.readline()
`;

const sendingCredentials = `${dial}
import struct
who = struct.pack("3i", os.getpid(), os.getuid(), os.getgid())
rights = struct.pack("i", 1)
s.sendmsg([b"\\xcc"], [
    (socket.SOL_SOCKET, socket.SCM_CREDENTIALS, who),
    (socket.SOL_SOCKET, socket.SCM_RIGHTS, rights),
])
sys.stdin.readline()
`;

const echoing = `${dial}
a, b = socket.socketpair()
socket.send_fds(s, [b"\\xcc"], [a.fileno()])
a.close()
b.sendall(b.recv(5))
`;
