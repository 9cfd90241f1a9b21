import { expect } from "chai";
import { closeSync, existsSync, openSync, writeFileSync } from "node:fs";
import { once } from "node:events";
import { createServer, type Server } from "node:net";
import {
  brecv,
  bsend,
  type Coroutine,
  type DillError,
  hclose,
  ipcAccept,
  ipcConnect,
  ipcFromfd,
  ipcListen,
  ipcListenerFromfd,
  now,
} from "libdill-ts";
import { codeOf, failureOf } from "../support/failure.js";
import { it } from "../support/it.js";
import {
  fixtureCommand,
  type OtherProcess,
  startPython,
  stopProcesses,
} from "../support/process.js";
import { socketPath } from "../support/tempDir.js";
import { until } from "../support/until.js";

describe("ipcFromfd", () => {
  afterEach(stopProcesses);

  it("makes a socket of a connected descriptor, which is closed with its handle", function* () {
    const path = socketPath();
    const ls = yield* ipcListen(path, 10);
    const child = handDown("connected", path, "socket");
    const s = yield* ipcAccept(ls, -1);
    yield* bsend(s, Buffer.from("early"), -1);
    expect(String(yield* brecv(s, 5, -1))).to.equal("child");
    expect(yield* codeOf(brecv(s, 1, -1))).to.equal("EPIPE");
    expect(JSON.parse((yield* until(child.line())) ?? "")).to.deep.equal({
      asListener: "EINVAL",
      received: "early",
      isOpenBefore: true,
      isOpenAfterwards: false,
    });
  });

  it("reads nothing that nobody has asked for: a sender waits", function* () {
    const path = socketPath();
    const ls = yield* ipcListen(path, 10);
    handDown("connected", path, "unread");
    const s = yield* ipcAccept(ls, -1);
    expect(String(yield* brecv(s, 4, -1))).to.equal("mine");
    expect(yield* codeOf(bsend(s, Buffer.alloc(10_000_000), now() + 300))).to.equal("ETIMEDOUT");
  });

  it("takes one end of a socketpair", function* () {
    const child = handDown("pair", socketPath(), "socket");
    expect(JSON.parse((yield* until(child.line())) ?? "")).to.include({ received: "other" });
  });

  it("does nothing before the yield*", function* () {
    const operation = ipcFromfd(1_000_000);
    expect(yield* codeOf(operation)).to.equal("EBADF");
  });

  describe("cancellation", () => {
    it("throws ECANCELED, and the descriptor stays open", function* () {
      const child = handDown("pair", socketPath(), "canceledSocket");
      expect(JSON.parse((yield* until(child.line())) ?? "")).to.deep.equal({
        code: "ECANCELED",
        isOpenThen: true,
        isOpenBefore: true,
        isOpenAfterwards: false,
      });
    });
  });

  describe("errors", () => {
    it("EBADF: no such descriptor is open", function* () {
      const fd = openSync("/dev/null", "r");
      closeSync(fd);
      for (const number of [fd, 1_000_000, 2 ** 31 - 1]) {
        const error = yield* (function* adoptNothing(): Coroutine<DillError> {
          return yield* failureOf(ipcFromfd(number));
        })();
        expect(error).to.include({ code: "EBADF", syscall: "ipc_fromfd" });
        expect(error.stack).to.contain("adoptNothing");
      }
    });

    it("EBUSY: Node has it already, which goes on", function* () {
      const path = socketPath();
      for (const [kind, scene] of [
        ["pair", "socketTwice"],
        ["listening", "listenerTwice"],
      ] as const) {
        const child = handDown(kind, path, scene);
        expect(JSON.parse((yield* until(child.line())) ?? "")).to.deep.equal({
          again: "EBUSY",
          isOpenBefore: true,
          isOpenAfterwards: false,
        });
      }
    });

    it("ENOTSOCK: it is no socket, and stays open", function* () {
      const path = socketPath();
      writeFileSync(path, "");
      const fd = openSync(path, "r+");
      expect(yield* codeOf(ipcFromfd(fd))).to.equal("ENOTSOCK");
      closeSync(fd);
    });

    it("EINVAL: it is no descriptor's number", function* () {
      for (const fd of [-1, 1.5, NaN, Infinity, 2 ** 31, "0", null, undefined]) {
        expect(yield* codeOf(ipcFromfd(fd as number))).to.equal("EINVAL");
      }
    });

    it("EINVAL: a socket of TCP", function* () {
      const server = yield* listen(0);
      expect(yield* codeOf(ipcFromfd(descriptorOf(server)))).to.equal("EINVAL");
      yield* stop(server);
    });

    it("EINVAL: a socket of datagrams", function* () {
      const child = handDown("datagrams", socketPath(), "code");
      expect(JSON.parse((yield* until(child.line())) ?? "")).to.equal("EINVAL");
    });

    it("EINVAL: a socket that listens, which goes on listening", function* () {
      const path = socketPath();
      const server = yield* listen(path);
      const error = yield* failureOf(ipcFromfd(descriptorOf(server)));
      expect(error.code).to.equal("EINVAL");
      expect(error.message).to.contain("listening");
      hclose(yield* ipcConnect(path, -1));
      yield* stop(server);
    });
  });
});

describe("ipcListenerFromfd", () => {
  afterEach(stopProcesses);

  it("makes a listener of a listening descriptor, which is closed with its handle", function* () {
    const path = socketPath();
    const child = handDown("listening", path, "listener");
    expect(JSON.parse((yield* until(child.line())) ?? "")).to.deep.equal({
      asSocket: "EINVAL",
      received: "early",
      isOpenBefore: true,
      isOpenAfterwards: false,
      connect: "ECONNREFUSED",
    });
    expect(existsSync(path)).to.equal(true);
  });

  describe("cancellation", () => {
    it("throws ECANCELED before it is taken over, and the descriptor stays open", function* () {
      const child = handDown("listening", socketPath(), "canceledListener");
      expect(JSON.parse((yield* until(child.line())) ?? "")).to.deep.equal({
        code: "ECANCELED",
        isOpenThen: true,
        isOpenBefore: true,
        isOpenAfterwards: false,
      });
    });

    it("closes the descriptor after that", function* () {
      const child = handDown("listening", socketPath(), "cutShort");
      expect(JSON.parse((yield* until(child.line())) ?? "")).to.deep.equal({
        code: "ECANCELED",
        isOpenAfterwards: false,
        again: "EBADF",
      });
    });
  });

  describe("errors", () => {
    it("EBADF: no such descriptor is open", function* () {
      const fd = openSync("/dev/null", "r");
      closeSync(fd);
      const error = yield* failureOf(ipcListenerFromfd(fd));
      expect(error).to.include({ code: "EBADF", syscall: "ipc_listener_fromfd" });
    });

    it("ENOTSOCK: it is no socket, and stays open", function* () {
      const fd = openSync("/dev/null", "r");
      expect(yield* codeOf(ipcListenerFromfd(fd))).to.equal("ENOTSOCK");
      closeSync(fd);
    });

    it("EINVAL: it is no descriptor's number", function* () {
      for (const fd of [-1, 1.5, NaN, 2 ** 31, "0", undefined]) {
        expect(yield* codeOf(ipcListenerFromfd(fd as number))).to.equal("EINVAL");
      }
    });

    it("EINVAL: a socket of TCP, though it listens", function* () {
      const server = yield* listen(0);
      expect(yield* codeOf(ipcListenerFromfd(descriptorOf(server)))).to.equal("EINVAL");
      yield* stop(server);
    });
  });
});

/** Makes a socket of some kind, then turns into another program, which has it as descriptor 3. */
const handDownProgram = `
import os, socket, sys
kind, path = sys.argv[1:3]
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM if kind == "datagrams" else socket.SOCK_STREAM)
if kind == "connected":
    s.connect(path)
elif kind == "pair":
    s, other = socket.socketpair()
    other.sendall(b"other")
    os.set_inheritable(other.fileno(), True)
elif kind == "listening":
    s.bind(path)
    s.listen(5)
if s.fileno() != 3:
    os.dup2(s.fileno(), 3)
os.set_inheritable(3, True)
os.execv(sys.argv[3], sys.argv[3:] + [path])
`;

function handDown(kind: string, path: string, scene: string): OtherProcess {
  return startPython(
    handDownProgram,
    kind,
    path,
    process.execPath,
    ...fixtureCommand("inherited"),
    scene,
  );
}

function* listen(where: number | string): Coroutine<Server> {
  const server = createServer();
  if (typeof where === "number") server.listen(where, "127.0.0.1");
  else server.listen(where);
  yield* until(once(server, "listening"));
  return server;
}

function* stop(server: Server): Coroutine {
  const closed = once(server, "close");
  server.close();
  yield* until(closed);
}

/** Node shows it nowhere in public. */
function descriptorOf(server: Server): number {
  const { _handle: handle } = server as Server & { _handle?: { fd: number } };
  if (handle === undefined) throw new Error("the server has no descriptor");
  return handle.fd;
}
