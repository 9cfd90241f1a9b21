import { expect } from "chai";
import { closeSync, openSync } from "node:fs";
import {
  brecv,
  bsend,
  type Coroutine,
  type DillError,
  ipaddrLocal,
  now,
  tcpAccept,
  tcpFromfd,
  tcpListen,
  type TcpListener,
  tcpListenerFromfd,
  tcpLocal,
} from "libdill-ts";
import { codeOf, failureOf } from "../support/failure.js";
import { it } from "../support/it.js";
import {
  fixtureCommand,
  type OtherProcess,
  startPython,
  stopProcesses,
} from "../support/process.js";
import { until } from "../support/until.js";

describe("tcpFromfd", () => {
  afterEach(stopProcesses);

  it("makes a socket of a connected descriptor, which is closed with its handle", function* () {
    const ls = yield* tcpListen(ipaddrLocal("127.0.0.1", 0), 10);
    const child = handDown("connected", ls, "socket");
    const s = yield* tcpAccept(ls, -1);
    yield* bsend(s, Buffer.from("early"), -1);
    expect(String(yield* brecv(s, 5, -1))).to.equal("child");
    expect(yield* codeOf(brecv(s, 1, -1))).to.equal("EPIPE");
    expect(yield* seen(child)).to.deep.equal({
      asListener: "EINVAL",
      received: "early",
      isOpenBefore: true,
      isOpenAfterwards: false,
    });
  });

  it("reads nothing that nobody has asked for: a sender waits", function* () {
    const ls = yield* tcpListen(ipaddrLocal("127.0.0.1", 0), 10);
    handDown("connected", ls, "unread");
    const s = yield* tcpAccept(ls, -1);
    expect(String(yield* brecv(s, 4, -1))).to.equal("mine");
    expect(yield* codeOf(bsend(s, Buffer.alloc(30_000_000), now() + 300))).to.equal("ETIMEDOUT");
  });

  it("throws ECANCELED in a canceled coroutine, and the descriptor stays open", function* () {
    const ls = yield* tcpListen(ipaddrLocal("127.0.0.1", 0), 10);
    expect(yield* seen(handDown("connected", ls, "canceledSocket"))).to.deep.equal({
      code: "ECANCELED",
      isOpenThen: true,
      isOpenBefore: true,
      isOpenAfterwards: false,
    });
  });

  describe("errors", () => {
    it("EBADF: no such descriptor is open", function* () {
      const error = yield* (function* adoptNothing(): Coroutine<DillError> {
        return yield* failureOf(tcpFromfd(1_000_000));
      })();
      expect(error).to.include({ code: "EBADF", syscall: "tcp_fromfd" });
      expect(error.stack).to.contain("adoptNothing");
    });

    it("EBUSY: Node has it already, which goes on", function* () {
      const ls = yield* tcpListen(ipaddrLocal("127.0.0.1", 0), 10);
      for (const [kind, scene] of [
        ["connected", "socketTwice"],
        ["listening", "listenerTwice"],
      ] as const) {
        expect(yield* seen(handDown(kind, ls, scene))).to.deep.equal({
          again: "EBUSY",
          isOpenBefore: true,
          isOpenAfterwards: false,
        });
      }
    });

    it("ENOTSOCK: it is no socket, and stays open", function* () {
      const fd = openSync("/dev/null", "r+");
      expect(yield* codeOf(tcpFromfd(fd))).to.equal("ENOTSOCK");
      expect(yield* codeOf(tcpListenerFromfd(fd))).to.equal("ENOTSOCK");
      closeSync(fd);
    });

    it("EINVAL: it is no descriptor's number", function* () {
      for (const fd of [-1, 1.5, NaN, Infinity, 2 ** 31, "0", null, undefined]) {
        expect(yield* codeOf(tcpFromfd(fd as number))).to.equal("EINVAL");
        expect(yield* codeOf(tcpListenerFromfd(fd as number))).to.equal("EINVAL");
      }
    });

    it("EINVAL: a local socket, one of datagrams, one that listens, one that does neither", function* () {
      const ls = yield* tcpListen(ipaddrLocal("127.0.0.1", 0), 10);
      for (const kind of ["local", "datagrams", "listening", "unconnected"]) {
        expect(yield* seen(handDown(kind, ls, "code")), kind).to.equal("EINVAL");
      }
    });
  });
});

describe("tcpListenerFromfd", () => {
  afterEach(stopProcesses);

  it("makes a listener of a listening descriptor, which is closed with its handle", function* () {
    const ls = yield* tcpListen(ipaddrLocal("127.0.0.1", 0), 10);
    expect(yield* seen(handDown("listening", ls, "listener"))).to.deep.equal({
      asSocket: "EINVAL",
      received: "early",
      isOpenBefore: true,
      isOpenAfterwards: false,
      connect: "ECONNREFUSED",
    });
  });

  it("accepts connections with its options, as tcpListen does", function* () {
    const ls = yield* tcpListen(ipaddrLocal("127.0.0.1", 0), 10);
    const [told] = (yield* seen(handDown("listening", ls, "listenerOptions"))) as [object];
    const wanted = { noDelay: false, keepAlive: true, keepAliveInitialDelay: 2000 };
    expect(told).to.include(wanted);
  });

  it("throws ECANCELED before it is taken over, and the descriptor stays open", function* () {
    const ls = yield* tcpListen(ipaddrLocal("127.0.0.1", 0), 10);
    expect(yield* seen(handDown("listening", ls, "canceledListener"))).to.deep.equal({
      code: "ECANCELED",
      isOpenThen: true,
      isOpenBefore: true,
      isOpenAfterwards: false,
    });
  });

  it("closes the descriptor if it is canceled after that", function* () {
    const ls = yield* tcpListen(ipaddrLocal("127.0.0.1", 0), 10);
    expect(yield* seen(handDown("listening", ls, "cutShort"))).to.deep.equal({
      code: "ECANCELED",
      isOpenAfterwards: false,
      again: "EBADF",
    });
  });

  it("EBADF: no such descriptor is open", function* () {
    const error = yield* failureOf(tcpListenerFromfd(1_000_000));
    expect(error).to.include({ code: "EBADF", syscall: "tcp_listener_fromfd" });
  });
});

function* seen(child: OtherProcess): Coroutine<unknown> {
  return JSON.parse((yield* until(child.line())) ?? "null");
}

/** Makes a socket of some kind, then turns into another program, which has it as descriptor 3. */
const handDownProgram = `
import os, socket, sys
kind, port = sys.argv[1:3]
s = socket.socket(socket.AF_UNIX if kind == "local" else socket.AF_INET,
    socket.SOCK_DGRAM if kind == "datagrams" else socket.SOCK_STREAM)
if kind == "connected":
    s.connect(("127.0.0.1", int(port)))
elif kind == "local":
    s, other = socket.socketpair()
    os.set_inheritable(other.fileno(), True)
elif kind == "listening":
    s.bind(("127.0.0.1", 0))
    s.listen(5)
    port = str(s.getsockname()[1])
if s.fileno() != 3:
    os.dup2(s.fileno(), 3)
os.set_inheritable(3, True)
os.execv(sys.argv[3], sys.argv[3:] + ["tcp " + port])
`;

function handDown(kind: string, ls: TcpListener, scene: string): OtherProcess {
  const { port } = tcpLocal(ls);
  const command = [process.execPath, ...fixtureCommand("inherited"), scene];
  return startPython(handDownProgram, kind, String(port), ...command);
}
