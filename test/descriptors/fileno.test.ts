import { existsSync, fstatSync } from "node:fs";
import { PassThrough } from "node:stream";
import { expect } from "chai";
import {
  type Handle,
  hclose,
  ipcAccept,
  ipcConnect,
  ipcListen,
  ipcListenerFromfd,
  ipcPair,
  type IpcListener,
  type IpcSocket,
} from "libdill-ts";
import { fileno, ipcKeepfile, ipcRecvfd, ipcSendfd } from "libdill-ts/native";
import { fromDuplex } from "libdill-ts/streams";
import { tcp } from "../support/carriers.js";
import { codeOfCall } from "../support/failure.js";
import { newGate } from "../support/gate.js";
import { it } from "../support/it.js";
import { socketPath } from "../support/tempDir.js";

describe("fileno", () => {
  it("is the number of the descriptor behind sockets and listeners, of ipc and of TCP", function* () {
    const ls = yield* ipcListen(socketPath(), 1);
    const [a, b] = yield* ipcPair();
    const [c, d] = yield* tcp.pair();
    for (const s of [ls, a, b, c, d] as IpcSocket[]) {
      expect(fstatSync(fileno(s)).isSocket()).to.equal(true);
    }
    expect(fileno(a)).not.to.equal(fileno(b));
    [c, d].forEach((s) => hclose(s));
  });

  it("EBADF, ENOTSUP: the handle is not open, is none of these, or the system has no descriptor", function* () {
    const [a] = yield* ipcPair();
    hclose(a);
    expect(codeOfCall(() => fileno(a))).to.equal("EBADF");
    const gate = newGate();
    const channel: Handle = gate.far;
    expect(codeOfCall(() => fileno(channel as IpcSocket))).to.equal("ENOTSUP");
    gate.close();
    const onStream: Handle = fromDuplex(new PassThrough());
    expect(codeOfCall(() => fileno(onStream as IpcSocket))).to.equal("ENOTSUP");
    hclose(onStream);
  });
});

describe("ipcKeepfile", () => {
  it("leaves the socket file to a successor, who has the listening socket", function* () {
    const path = socketPath();
    const ls = yield* ipcListen(path, 5);
    const [a, b] = yield* ipcPair();
    yield* ipcSendfd(a, fileno(ls), -1);
    const successor = yield* ipcListenerFromfd(yield* ipcRecvfd(b, -1));
    ipcKeepfile(ls);
    hclose(ls);
    expect(existsSync(path)).to.equal(true);
    yield* ipcConnect(path, -1);
    yield* ipcAccept(successor, -1);
    ipcKeepfile(successor); // it has none of its own
  });

  it("EBADF, ENOTSUP: the handle is not open, or not an ipc listener", function* () {
    const ls = yield* ipcListen(socketPath(), 5);
    const [a] = yield* ipcPair();
    expect(codeOfCall(() => ipcKeepfile(a as Handle as IpcListener))).to.equal("ENOTSUP");
    hclose(ls);
    expect(codeOfCall(() => ipcKeepfile(ls))).to.equal("EBADF");
  });
});
