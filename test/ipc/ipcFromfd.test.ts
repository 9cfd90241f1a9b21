import { closeSync, openSync } from "node:fs";
import { once } from "node:events";
import { connect, createServer } from "node:net";
import { expect } from "chai";
import {
  type Coroutine,
  go,
  hclose,
  ipcFromfd,
  ipcListen,
  ipcListenerFromfd,
  msleep,
} from "libdill-ts";
import { codeOf, failureOf } from "../support/failure.js";
import { it } from "../support/it.js";
import { fixturePath, python, stopPeers } from "../support/peer.js";
import { socketPath } from "../support/tempDir.js";
import { until } from "../support/until.js";

const operations = { ipcFromfd, ipcListenerFromfd } as const;

describe("ipcFromfd", () => {
  afterEach(stopPeers);

  it("takes over a descriptor from the parent process, and closes it with the handle", async () => {
    const parent = python(parentOf("socket"), process.execPath, fixturePath("adopt"));
    expect(await parent.line()).to.equal("hello");
    expect(await parent.line()).to.equal("EBADF");
  });

  it("refuses one that listens: EINVAL", function* () {
    const server = createServer().listen(socketPath());
    yield* until(once(server, "listening"));
    expect(yield* codeOf(ipcFromfd(fdOf(server)))).to.equal("EINVAL");
    server.close();
  });
});

describe("ipcListenerFromfd", () => {
  afterEach(stopPeers);

  it("takes over a descriptor from the parent process, and closes it with the handle", async () => {
    const parent = python(parentOf("listener"), process.execPath, fixturePath("adopt"));
    expect(await parent.line()).to.equal("hello");
    expect(await parent.line()).to.equal("EBADF");
  });

  it("refuses one that is connected: EINVAL", function* () {
    const path = socketPath();
    const ls = yield* ipcListen(path, 1);
    const socket = connect(path);
    yield* until(once(socket, "connect"));
    expect(yield* codeOf(ipcListenerFromfd(fdOf(socket)))).to.equal("EINVAL");
    socket.destroy();
    hclose(ls);
  });
});

for (const [name, fromfd] of Object.entries(operations)) {
  describe(`${name}: bad descriptors`, () => {
    it("EBADF: it is closed", function* () {
      expect(yield* codeOf(fromfd(9999))).to.equal("EBADF");
    });

    it("ENOTSOCK: it is a file", function* () {
      const fd = openSync("/dev/null", "r");
      const error = yield* failureOf(fromfd(fd));
      expect(error.code).to.equal("ENOTSOCK");
      expect(error.message).to.include(`file descriptor ${fd} is not a socket`);
      closeSync(fd); // it has stayed open
    });

    it("EINVAL: it is no descriptor's number, or a TCP socket", function* () {
      for (const wrong of [-1, 0.5, Number.NaN, "3" as never]) {
        expect(yield* codeOf(fromfd(wrong))).to.equal("EINVAL");
      }
      const server = createServer().listen(0, "127.0.0.1");
      yield* until(once(server, "listening"));
      const error = yield* failureOf(fromfd(fdOf(server)));
      expect(error.code).to.equal("EINVAL");
      expect(error.message).to.include("is not a local socket");
      server.close();
    });

    it("ECANCELED: the coroutine is being canceled; the descriptor stays open", function* () {
      const fd = openSync("/dev/null", "r");
      const codes: string[] = [];
      const h = go(
        (function* (): Coroutine {
          try {
            yield* msleep(-1);
          } finally {
            codes.push(yield* codeOf(fromfd(fd)));
          }
        })(),
      );
      hclose(h);
      expect(codes).to.deep.equal(["ECANCELED"]);
      closeSync(fd);
      yield;
    });
  });
}

/** The number behind a socket or server of Node's. Node has no public name for it. */
function fdOf(owner: object): number {
  const handle: unknown = Reflect.get(owner, "_handle");
  return Number(Reflect.get(handle as object, "fd"));
}

/** A Python program that hands a socket to a child, as systemd does, and talks to it. */
function parentOf(what: "socket" | "listener"): string {
  return `
import os, socket, subprocess, sys, tempfile
node, program = sys.argv[1:3]
with tempfile.TemporaryDirectory() as folder:
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(folder + "/s")
    listener.listen(1)
    ours = socket.socket(socket.AF_UNIX)
    ours.connect(folder + "/s")
    given = listener if "${what}" == "listener" else listener.accept()[0]
    child = subprocess.Popen([node, program, "${what}", str(given.fileno())],
                             pass_fds=[given.fileno()], stdout=subprocess.PIPE)
    given.close()
    ours.sendall(b"hello")
    print(ours.recv(5).decode(), flush=True)
    print(child.stdout.readline().decode().strip(), flush=True)
`;
}
