import { chmodSync, existsSync } from "node:fs";
import { dirname } from "node:path";
import { expect } from "chai";
import {
  brecv,
  bsend,
  type Coroutine,
  hclose,
  ipcAccept,
  ipcConnect,
  type IpcListener,
  ipcListen,
  ipcPair,
  type IpcSocket,
  msleep,
  now,
  run,
  tcpAccept,
} from "libdill-ts";
import { type IpcPeer, ipcPeer } from "libdill-ts/native";
import { tcp } from "../support/carriers.js";
import { openDescriptors } from "../support/descriptors.js";
import { codeOf, codeOfCall, failureOf, rejectionOf } from "../support/failure.js";
import { it } from "../support/it.js";
import { startPython, stopProcesses } from "../support/process.js";
import { socketPath } from "../support/tempDir.js";
import { until } from "../support/until.js";
import { collectWarnings } from "../support/warnings.js";

const me = { pid: process.pid, uid: process.getuid?.(), gid: process.getgid?.() };
const nobody = 65534;

describe("ipcPeer", () => {
  afterEach(stopProcesses);

  it("tells process, user and group, on both sides and also when the peer has gone", function* () {
    const [a, b] = yield* ipcPair();
    expect(ipcPeer(a)).to.deep.equal(me);
    expect(ipcPeer(b)).to.deep.equal(me);
    hclose(a);
    expect(ipcPeer(b)).to.deep.equal(me);
  });

  it("tells of a peer in another process, and, to the one that connects, of who listens", function* () {
    const path = socketPath();
    const ls = yield* ipcListen(path, 5);
    const peer = startPython(client, path, "0");
    const s = yield* ipcAccept(ls, -1);
    expect(ipcPeer(s)).to.deep.equal({ ...me, pid: peer.pid });
    expect(yield* until(peer.line())).to.equal(`${me.pid} ${me.uid} ${me.gid}`);
  });

  it("tells of another user", function* () {
    if (me.uid !== 0) this.skip();
    const path = openPath();
    const ls = yield* ipcListen(path, 5, { mode: 0o666 });
    const peer = startPython(client, path, String(nobody));
    expect(ipcPeer(yield* ipcAccept(ls, -1))).to.deep.equal({
      pid: peer.pid,
      uid: nobody,
      gid: nobody,
    });
  });

  it("EBADF, ENOTSUP: the handle is not open, or not an ipc socket", function* () {
    const [a] = yield* ipcPair();
    hclose(a);
    expect(codeOfCall(() => ipcPeer(a))).to.equal("EBADF");
    const { ls, connect } = yield* tcp.listen();
    const c = yield* connect(-1);
    const s = yield* tcpAccept(ls, -1);
    expect(codeOfCall(() => ipcPeer(s as unknown as IpcSocket))).to.equal("ENOTSUP");
    [c, s, ls].forEach((h) => hclose(h));
  });
});

describe("ipcListen with allow", () => {
  afterEach(stopProcesses);

  it("closes the connection of a peer that may not connect, and goes on", function* () {
    const path = socketPath();
    const asked: IpcPeer[] = [];
    let isAllowed = false;
    const ls = yield* ipcListen(path, 5, {
      allow(peer) {
        asked.push(peer);
        return isAllowed;
      },
    });
    yield* seesEnd(path);
    expect(yield* codeOf(ipcAccept(ls, 0))).to.equal("ETIMEDOUT");
    isAllowed = true;
    const c = yield* ipcConnect(path, -1);
    const s = yield* ipcAccept(ls, -1);
    yield* bsend(c, Buffer.from("hello"), -1);
    expect(String(yield* brecv(s, 5, -1))).to.equal("hello");
    expect(asked).to.deep.equal([me, me]);
  });

  it("decides by the user", function* () {
    if (me.uid !== 0) this.skip();
    const path = openPath();
    const ls = yield* ipcListen(path, 5, { mode: 0o666, allow: ({ uid }) => uid === 0 });
    expect(yield* until(startPython(client, path, String(nobody)).line())).to.equal(
      `${me.pid} 0 0`,
    );
    startPython(client, path, "0");
    expect(ipcPeer(yield* ipcAccept(ls, -1)).uid).to.equal(0);
    expect(yield* codeOf(ipcAccept(ls, 0))).to.equal("ETIMEDOUT");
  });

  it("takes only true for a yes", function* () {
    const path = socketPath();
    const answer: unknown = Promise.resolve(false);
    const allow = (): boolean => answer as boolean;
    yield* ipcListen(path, 5, { allow });
    yield* seesEnd(path);
  });

  it("refuses when it throws, and the error is the run's", async () => {
    const boom = new Error("boom");
    collectWarnings("IPC_ALLOW");
    const error = await rejectionOf(
      run(
        (function* () {
          const path = socketPath();
          const ls = yield* ipcListen(path, 5, {
            allow() {
              throw boom;
            },
          });
          yield* seesEnd(path);
          expect(yield* codeOf(ipcAccept(ls, 0))).to.equal("ETIMEDOUT");
        })(),
      ),
    );
    expect(error).to.equal(boom);
  });

  it("tells of the first error at once, and keeps no other", async () => {
    const warnings = collectWarnings("IPC_ALLOW");
    const error = await rejectionOf(
      run(
        (function* () {
          const path = socketPath();
          let count = 0;
          yield* ipcListen(path, 5, {
            allow() {
              count += 1;
              throw new Error(`the error ${count}`);
            },
          });
          yield* seesEnd(path);
          expect(warnings.map(String)).to.have.length(1);
          for (let i = 0; i < 20; i++) yield* seesEnd(path);
        })(),
      ),
    );
    expect(warnings).to.have.length(1);
    expect(warnings[0]).to.include({ name: "LibdillWarning", code: "IPC_ALLOW" });
    expect(String(warnings[0])).to.contain("the error 1");
    expect(error).to.include({ message: "the error 1" });
  });

  it("refuses by an async function, whose error is the run's", async () => {
    const warnings = collectWarnings("IPC_ALLOW");
    const boom = new Error("boom");
    const allow: unknown = async () => {
      await Promise.reject(boom);
    };
    const error = await rejectionOf(
      run(
        (function* () {
          const path = socketPath();
          yield* ipcListen(path, 5, { allow: allow as () => boolean });
          yield* seesEnd(path);
        })(),
      ),
    );
    expect(error).to.equal(boom);
    expect(warnings).to.have.length(1);
  });

  it("closes the connection if the listener was closed by the function that allows it", function* () {
    const path = socketPath();
    const open = openDescriptors().length;
    const ls: IpcListener = yield* ipcListen(path, 5, {
      allow() {
        hclose(ls);
        return true;
      },
    });
    yield* seesEnd(path);
    yield* msleep(now() + 1);
    expect(openDescriptors().length).to.equal(open);
  });

  it("EINVAL: allow is no function; nothing is left behind", function* () {
    const path = socketPath();
    const allow: unknown = true;
    const error = yield* failureOf(ipcListen(path, 5, { allow: allow as () => boolean }));
    expect(error.message).to.contain("allow is a function, not true");
    expect(existsSync(path)).to.equal(false);
  });
});

/** A path that every user can reach. */
function openPath(): string {
  const path = socketPath();
  chmodSync(dirname(path), 0o711);
  return path;
}

/** Connects, and is refused: the end comes at once, and not the deadline. */
function* seesEnd(path: string): Coroutine {
  const c = yield* ipcConnect(path, now() + 1000);
  expect(yield* codeOf(brecv(c, 1, now() + 1000))).to.equal("EPIPE");
  hclose(c);
}

const client = `
import os, socket, struct, sys
if sys.argv[2] != "0":
    os.setgroups([])
    os.setgid(int(sys.argv[2]))
    os.setuid(int(sys.argv[2]))
s = socket.socket(socket.AF_UNIX)
s.connect(sys.argv[1])
print(*struct.unpack("3i", s.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)), flush=True)
s.recv(1)
`;
