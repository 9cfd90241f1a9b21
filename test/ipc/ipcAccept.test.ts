import { connect } from "node:net";
import { expect } from "chai";
import { run as runEffection, spawn } from "effection";
import {
  brecv,
  bsend,
  bundle,
  bundleGo,
  type Coroutine,
  DillError,
  go,
  hclose,
  hown,
  ipcAccept,
  ipcClose,
  ipcConnect,
  ipcListen,
  type IpcListener,
  ipcPair,
  type IpcSocket,
  isErrno,
  msleep,
  now,
  run,
  yieldNow,
} from "libdill-ts";
import { startWithFewDescriptors } from "../support/fewDescriptors.js";
import { codeOf, failureOf } from "../support/failure.js";
import { holdUpTheProcess } from "../support/holdUp.js";
import { it } from "../support/it.js";
import { fixtureCommand, stopProcesses } from "../support/process.js";
import { socketPath } from "../support/tempDir.js";
import { until } from "../support/until.js";

describe("ipcAccept", () => {
  afterEach(stopProcesses);

  it("waits for a connection", function* () {
    const { ls, path } = yield* listener();
    const connecting = go(
      (function* () {
        yield* msleep(now() + 5);
        const s = yield* ipcConnect(path, -1);
        yield* bsend(s, Buffer.from("x"), -1);
      })(),
    );
    const s = yield* ipcAccept(ls, -1);
    expect(String(yield* brecv(s, 1, -1))).to.equal("x");
    hclose(connecting);
  });

  it("hands out connections in the order in which they came", function* () {
    const { ls, path } = yield* listener();
    for (let i = 0; i < 5; i++) {
      const s = yield* ipcConnect(path, -1);
      yield* bsend(s, Buffer.from(String(i)), -1);
    }
    for (let i = 0; i < 5; i++) {
      const s = yield* ipcAccept(ls, -1);
      expect(String(yield* brecv(s, 1, -1))).to.equal(String(i));
    }
  });

  it("serves many clients at once", function* () {
    const { ls, path } = yield* listener();
    const clients = bundle();
    const servers = bundle();
    const answers: string[] = [];
    for (let i = 0; i < 200; i++) bundleGo(clients, client(i));
    for (let i = 0; i < 200; i++) bundleGo(servers, serve(yield* ipcAccept(ls, -1)));
    while (answers.length < 200) yield* msleep(now() + 1);
    expect(new Set(answers).size).to.equal(200);
    hclose(clients);
    hclose(servers);

    function* client(i: number): Coroutine {
      const s = yield* ipcConnect(path, -1);
      const text = String(i).padStart(3, "0");
      yield* bsend(s, Buffer.from(text), -1);
      const answer = String(yield* brecv(s, 3, -1));
      expect(answer).to.equal(text);
      answers.push(answer);
      hclose(s);
    }
    function* serve(s: IpcSocket): Coroutine {
      yield* bsend(s, yield* brecv(s, 3, -1), -1);
      yield* ipcClose(s, -1);
    }
  });

  it("hands out a connection whose client has gone already", function* () {
    const { ls, path } = yield* listener();
    const client = yield* ipcConnect(path, -1);
    yield* bsend(client, Buffer.from("x"), -1);
    hclose(client);
    const s = yield* ipcAccept(ls, -1);
    expect(String(yield* brecv(s, 1, -1))).to.equal("x");
    expect(yield* codeOf(brecv(s, 1, -1))).to.equal("EPIPE");
  });

  it("is not disturbed when the listener changes its owner", function* () {
    const { ls, path } = yield* listener();
    let accepted: unknown;
    const waiting = go(
      (function* () {
        accepted = yield* ipcAccept(ls, -1);
      })(),
    );
    const owned = hown(ls);
    yield* ipcConnect(path, -1);
    while (accepted === undefined) yield* msleep(now() + 1);
    expect(accepted).to.be.a("number");
    hclose(waiting);
    hclose(owned);
  });

  it("throws EMFILE while no descriptor is left and clients see their end, and goes on after that", function* () {
    const peer = startWithFewDescriptors([...fixtureCommand("crowded"), socketPath()]);
    expect(JSON.parse((yield* until(peer.line())) ?? "")).to.deep.equal({
      crowded: "EMFILE",
      seen: "EPIPE",
      roomy: "none",
    });
  });

  it("throws EMFILE where connections come so quickly that the descriptors go between two accepts", async () => {
    const path = socketPath();
    const peer = startWithFewDescriptors([...fixtureCommand("flooded"), path]);
    expect(await peer.line()).to.equal("ready");
    const clients = Array.from({ length: 200 }, () => connect(path).on("error", () => {}));
    expect(JSON.parse((await peer.line()) ?? "")).to.deep.equal({
      code: "EMFILE",
      hasAccepted: true,
    });
    for (const client of clients) client.destroy();
  });

  it("works in an Effection program, where a halt takes no connection", async () => {
    await runEffection(function* () {
      const path = socketPath();
      const ls = yield* ipcListen(path, 10);
      const task = yield* spawn(() => ipcAccept(ls, -1));
      yield* msleep(now() + 2);
      yield* task.halt();
      const client = yield* ipcConnect(path, -1);
      const s = yield* ipcAccept(ls, now() + 2000);
      for (const h of [client, s, ls]) hclose(h);
    });
  });

  describe("deadline", () => {
    it("0 or past takes a connection that is there", function* () {
      const { ls, path } = yield* listener();
      for (const deadline of [0, now() - 1000, 1]) {
        yield* ipcConnect(path, -1);
        yield* ipcAccept(ls, deadline);
      }
    });

    it("gives ETIMEDOUT when it hits, never early, and the listener is as it was", function* () {
      const { ls, path } = yield* listener();
      const deadline = now() + 20;
      const error = yield* failureOf(ipcAccept(ls, deadline));
      expect(error).to.include({ code: "ETIMEDOUT", syscall: "ipc_accept" });
      expect(now()).to.be.at.least(deadline);
      expect(yield* codeOf(ipcAccept(ls, 0))).to.equal("ETIMEDOUT");
      yield* ipcConnect(path, -1);
      yield* ipcAccept(ls, -1);
    });

    it("is EINVAL if it is no point in time", function* () {
      const { ls } = yield* listener();
      for (const deadline of [NaN, -2, -Infinity]) {
        expect(yield* codeOf(ipcAccept(ls, deadline))).to.equal("EINVAL");
      }
    });
  });

  describe("cancellation", () => {
    it("throws ECANCELED, and the listener is as it was", function* () {
      const { ls, path } = yield* listener();
      const codes: string[] = [];
      hclose(go(report(codes, ls)));
      expect(codes).to.deep.equal(["ECANCELED"]);
      yield* ipcConnect(path, -1);
      yield* ipcAccept(ls, -1);
    });

    it("leaves a connection that has come for the next one", function* () {
      const { ls, path } = yield* listener();
      yield* ipcConnect(path, -1);
      const codes: string[] = [];
      hclose(
        go(
          (function* () {
            try {
              yield* msleep(-1);
            } finally {
              yield* report(codes, ls);
            }
          })(),
        ),
      );
      expect(codes).to.deep.equal(["ECANCELED"]);
      yield* ipcAccept(ls, 0);
    });

    it("hands over the connection that came before it", function* () {
      const { ls, path } = yield* listener();
      let accepted: unknown;
      const waiting = go(
        (function* () {
          accepted = yield* ipcAccept(ls, -1);
        })(),
      );
      const client = go(
        (function* () {
          yield* ipcConnect(path, -1);
        })(),
      );
      yield* holdUpTheProcess();
      yield* holdUpTheProcess();
      hclose(waiting);
      expect(accepted).to.be.a("number");
      hclose(client);
    });
  });

  describe("errors", () => {
    it("EBADF: the handle is not open", function* () {
      const { ls } = yield* listener();
      hclose(ls);
      for (const h of [ls, 999_999, -1, NaN, undefined]) {
        expect(yield* codeOf(ipcAccept(h as IpcListener, -1))).to.equal("EBADF");
      }
    });

    it("EBADF: the listener is closed while a coroutine waits on it", function* () {
      const { ls } = yield* listener();
      const codes: string[] = [];
      const waiting = go(report(codes, ls));
      hclose(ls);
      yield* yieldNow();
      expect(codes).to.deep.equal(["EBADF"]);
      hclose(waiting);
    });

    it("ENOTSUP: the handle is not an ipc listener", function* () {
      const [a] = yield* ipcPair();
      for (const h of [a, bundle()]) {
        const error = yield* failureOf(ipcAccept(h as unknown as IpcListener, -1));
        expect(error).to.include({ code: "ENOTSUP", syscall: "ipc_accept" });
      }
    });

    it("EBUSY: another coroutine waits on the listener, and goes on undisturbed", function* () {
      const { ls, path } = yield* listener();
      let accepted: unknown;
      const waiting = go(
        (function* () {
          accepted = yield* ipcAccept(ls, -1);
        })(),
      );
      expect(yield* codeOf(ipcAccept(ls, -1))).to.equal("EBUSY");
      expect(yield* codeOf(ipcAccept(ls, 0))).to.equal("EBUSY");
      yield* ipcConnect(path, -1);
      while (accepted === undefined) yield* msleep(now() + 1);
      expect(accepted).to.be.a("number");
      hclose(waiting);
    });

    it("carry the stack of the coroutine", function* () {
      const { ls } = yield* listener();
      hclose(ls);
      const error = yield* (function* acceptNothing(): Coroutine<DillError> {
        return yield* failureOf(ipcAccept(ls, -1));
      })();
      expect(error.stack).to.contain("acceptNothing");
    });
  });

  describe("leaves nothing behind", () => {
    it("of sockets it handed out when the run ends", async () => {
      let s: IpcSocket | undefined;
      const codes: string[] = [];
      await run(
        (function* () {
          const { ls, path } = yield* listener();
          yield* ipcConnect(path, -1);
          s = yield* ipcAccept(ls, -1);
          go(
            (function* () {
              try {
                yield* brecv(s, 1, -1);
              } catch (error) {
                if (isErrno(error)) codes.push(error.code);
              }
            })(),
          );
        })(),
      );
      expect(codes).to.deep.equal(["ECANCELED"]);
      expect(() => hclose(s as IpcSocket)).to.throw(DillError, "EBADF");
    });
  });
});

function* listener(): Coroutine<{ ls: IpcListener; path: string }> {
  const path = socketPath();
  return { ls: yield* ipcListen(path, 10), path };
}

function* report(codes: string[], ls: IpcListener): Coroutine {
  codes.push(yield* codeOf(ipcAccept(ls, -1)));
}
