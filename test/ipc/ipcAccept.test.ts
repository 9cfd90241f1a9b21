import { expect } from "chai";
import {
  brecv,
  bsend,
  chmake,
  type Coroutine,
  go,
  hclose,
  ipcAccept,
  ipcConnect,
  type IpcListener,
  ipcListen,
  type IpcSocket,
  join,
  msleep,
  now,
} from "libdill-ts";
import { codeOf } from "../support/failure.js";
import { it } from "../support/it.js";
import { socketPath } from "../support/tempDir.js";

describe("ipcAccept", () => {
  it("waits for a connection", function* () {
    const path = socketPath();
    const ls = yield* ipcListen(path, 10);
    const accepting = go(accept(ls));
    const client = yield* ipcConnect(path, -1);
    const server = yield* join(accepting, -1);
    yield* bsend(client, Buffer.from("abc"), -1);
    expect((yield* brecv(server, 3, -1)).toString()).to.equal("abc");
    for (const h of [accepting, client, server, ls]) hclose(h);
  });

  it("hands connections out in the order in which they came", function* () {
    const path = socketPath();
    const ls = yield* ipcListen(path, 10);
    const clients = [];
    for (const name of ["a", "b", "c"]) {
      const s = yield* ipcConnect(path, -1);
      yield* bsend(s, Buffer.from(name), -1);
      clients.push(s);
    }
    for (const name of ["a", "b", "c"]) {
      const s = yield* ipcAccept(ls, -1);
      expect((yield* brecv(s, 1, -1)).toString()).to.equal(name);
      hclose(s);
    }
    for (const h of [...clients, ls]) hclose(h);
  });

  it("keeps what a client has sent before it was accepted, and before it went away", function* () {
    const path = socketPath();
    const ls = yield* ipcListen(path, 10);
    const client = yield* ipcConnect(path, -1);
    yield* bsend(client, Buffer.from("early"), -1);
    hclose(client);
    const s = yield* ipcAccept(ls, -1);
    expect((yield* brecv(s, 5, -1)).toString()).to.equal("early");
    expect(yield* codeOf(brecv(s, 1, -1))).to.equal("EPIPE");
    hclose(s);
    hclose(ls);
  });

  describe("deadline", () => {
    it("is ETIMEDOUT, never early, and leaves the listener as it was", function* () {
      const path = socketPath();
      const ls = yield* ipcListen(path, 10);
      const deadline = now() + 20;
      expect(yield* codeOf(ipcAccept(ls, deadline))).to.equal("ETIMEDOUT");
      expect(now()).to.be.at.least(deadline);
      const client = yield* ipcConnect(path, -1);
      hclose(yield* ipcAccept(ls, -1));
      hclose(client);
      hclose(ls);
    });

    it("0 takes a connection that is there already", function* () {
      const path = socketPath();
      const ls = yield* ipcListen(path, 10);
      expect(yield* codeOf(ipcAccept(ls, 0))).to.equal("ETIMEDOUT");
      const client = yield* ipcConnect(path, -1);
      hclose(yield* ipcAccept(ls, 0));
      hclose(client);
      hclose(ls);
    });
  });

  describe("cancellation", () => {
    it("takes no connection: the next one who accepts gets it", function* () {
      const path = socketPath();
      const ls = yield* ipcListen(path, 10);
      const codes: string[] = [];
      const h = go(
        (function* () {
          codes.push(yield* codeOf(ipcAccept(ls, -1)), yield* codeOf(ipcAccept(ls, -1)));
        })(),
      );
      hclose(h);
      expect(codes).to.deep.equal(["ECANCELED", "ECANCELED"]);
      const client = yield* ipcConnect(path, -1);
      hclose(yield* ipcAccept(ls, -1));
      hclose(client);
      hclose(ls);
    });
  });

  describe("errors", () => {
    it("EBADF: no such handle, or the listener is closed meanwhile", function* () {
      const ls = yield* ipcListen(socketPath(), 10);
      const waiting = go(outcome(ls));
      hclose(ls);
      expect(yield* join(waiting, -1)).to.equal("EBADF");
      expect(yield* codeOf(ipcAccept(ls, -1))).to.equal("EBADF");
      hclose(waiting);
    });

    it("EBUSY: another coroutine waits already, and goes on waiting", function* () {
      const path = socketPath();
      const ls = yield* ipcListen(path, 10);
      const first = go(accept(ls));
      expect(yield* codeOf(ipcAccept(ls, -1))).to.equal("EBUSY");
      const client = yield* ipcConnect(path, -1);
      hclose(yield* join(first, -1));
      for (const h of [first, client, ls]) hclose(h);
    });

    it("EINVAL: the deadline is none", function* () {
      const ls = yield* ipcListen(socketPath(), 10);
      expect(yield* codeOf(ipcAccept(ls, Number.NaN))).to.equal("EINVAL");
      hclose(ls);
    });

    it("ENOTSUP: a handle of another kind", function* () {
      const [a, b] = chmake();
      expect(yield* codeOf(ipcAccept(a as never, -1))).to.equal("ENOTSUP");
      hclose(a);
      hclose(b);
    });
  });

  describe("leaves nothing behind", () => {
    it("closes connections that nobody has claimed with the listener", function* () {
      const path = socketPath();
      const ls = yield* ipcListen(path, 10);
      const client = yield* ipcConnect(path, -1);
      yield* msleep(now() + 5); // by now the listener has it
      hclose(ls);
      expect(yield* codeOf(brecv(client, 1, -1))).to.be.oneOf(["EPIPE", "ECONNRESET"]);
      hclose(client);
    });
  });
});

function* accept(ls: IpcListener): Coroutine<IpcSocket> {
  return yield* ipcAccept(ls, -1);
}

function* outcome(ls: IpcListener): Coroutine<string> {
  return yield* codeOf(ipcAccept(ls, -1));
}
